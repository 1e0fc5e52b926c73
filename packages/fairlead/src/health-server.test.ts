import { expect, test } from 'vitest'
import { type Answers, type Checks, serveHttp } from './health-server.ts'

const FINE: Answers = {
  metrics: () => 'up 1\n',
  healthz: () => new Map([['publishing', undefined]]),
  readyz: () => new Map([['runtime', undefined]]),
}

async function ask(path: string, answers: Partial<Answers> = {}, init: RequestInit = {}) {
  await using server = await serveHttp('127.0.0.1:0', { ...FINE, ...answers })
  const response = await fetch(`http://${server.address}${path}`, init)
  const { status, headers } = response
  return { status, type: headers.get('content-type'), text: await response.text() }
}

test('metrics are told in the text format', async () => {
  expect(await ask('/metrics')).toEqual({
    status: 200,
    type: 'text/plain; version=0.0.4; charset=utf-8',
    text: 'up 1\n',
  })
})

test('a probe names what it looked at, and fails with what is wrong', async () => {
  expect(await ask('/healthz?verbose')).toMatchObject({ status: 200, text: '[+]publishing ok\n' })
  const checks: Checks = new Map([
    ['runtime', 'The runtime has not been Ready for 3 s'],
    ['networks', undefined],
  ])
  expect(await ask('/readyz', { readyz: () => checks })).toMatchObject({
    status: 503,
    text: '[-]runtime: The runtime has not been Ready for 3 s\n[+]networks ok\n',
  })
})

test('nothing else is there, and nothing can be sent', async () => {
  expect((await ask('/etc/passwd')).status).toBe(404)
  expect((await ask('/metrics', {}, { method: 'POST', body: 'x' })).status).toBe(405)
  expect((await ask('/metrics', {}, { method: 'HEAD' })).text).toBe('')
})

test('an address that is taken is told', async () => {
  await using first = await serveHttp('127.0.0.1:0', FINE)
  await expect(serveHttp(first.address, FINE)).rejects.toThrow(/EADDRINUSE.*127\.0\.0\.1/)
})
