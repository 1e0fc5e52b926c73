import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { runInProcess } from '../../../../tests/in-process-cli.ts'

const EVIDENCE = fileURLToPath(new URL('../../../../tests/evidence/', import.meta.url))
const DEADLOCK = 'containerd-go-cni-recursive-rlock-deadlock'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'fairlead-doctor-'))
})

afterEach(async () => {
  await rm(folder, { recursive: true })
})

test('a cause is named with the evidence and what helps, and the exit code says that there is one', async () => {
  const { code, out, err } = await runInProcess(['doctor', `${EVIDENCE}seed-incident`])
  expect({ code, err }).toEqual({ code: 1, err: '' })
  expect(out).toContain('worker-3  (containerd 2.0.1, kubernetes 1.32.0)')
  expect(out).toContain(DEADLOCK)
  expect(out).toContain('2026-01-13 07:42:29.120Z  kubelet.log:9  [strong] (and 1 line alike)')
  expect(out).toContain('$ systemctl restart containerd')
})

test.each(['json', 'yaml', 'sarif', 'html', 'markdown'])(
  '-o %s names the cause',
  async (output) => {
    const { code, out } = await runInProcess(['doctor', `${EVIDENCE}seed-incident`, '-o', output])
    expect(code).toBe(1)
    expect(out).toContain(DEADLOCK)
  },
)

test('in Chinese by the flag, and by the locale', async () => {
  const asked = await runInProcess(['doctor', `${EVIDENCE}seed-incident`, '--lang', 'zh-CN'])
  const env = { LANG: 'zh_CN.UTF-8' }
  const byLocale = await runInProcess(['doctor', `${EVIDENCE}seed-incident`], { env })
  expect(asked.out).toContain('很可能')
  expect(byLocale.out).toBe(asked.out)
})

test('no cause is an answer, too: what was looked at, and what would tell more', async () => {
  const file = path.join(folder, 'kubelet.log')
  await writeFile(file, 'all is well\n')
  const { code, out } = await runInProcess(['doctor', file])
  expect(code).toBe(0)
  expect(out).toContain('No cause was found')
  expect(out).toContain('kubectl describe node NODE > node.txt')
  expect(out).toMatch(/kubelet\.log {2}\(file: 1 file, 0\.0 kB\)/)
})

test('what is not there is refused in one sentence', async () => {
  const { code, err } = await runInProcess(['doctor', path.join(folder, 'none')])
  expect(code).toBe(2)
  expect(err).toMatch(/^error: There is no file or folder .*none\.\nGive logs, /)
})

test('secrets and commands for the terminal in a log are not printed', async () => {
  const file = path.join(folder, 'kubelet.log')
  const token = 'eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJrdWJlcm5ldGVz.c2lnbmF0dXJl'
  await writeFile(file, `\u001b]0;x\u0007container runtime is down token ${token}\n`)
  for (const output of ['text', 'json', 'html', 'markdown', 'yaml', 'sarif']) {
    const { out } = await runInProcess(['doctor', file, '-o', output])
    expect(out).not.toContain('eyJ')
    expect(out).not.toContain('\u001b')
    expect(out).not.toContain(String.raw`\u001b`)
  }
})
