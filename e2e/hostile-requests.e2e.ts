import { once } from 'node:events'
import net from 'node:net'
import { performance } from 'node:perf_hooks'
import { expect, test } from 'vitest'
import { serveHttp } from '../packages/fairlead/src/health-server.ts'
import { systemClock } from '../packages/fairlead/src/ports.ts'
import { NodeWatch } from '../packages/fairlead/src/ui/node-watch.ts'
import { Runs } from '../packages/fairlead/src/ui/runs.ts'
import { serveUi } from '../packages/fairlead/src/ui/serve.ts'

const { signal } = new AbortController()

async function ui() {
  const node = { socketPath: '/nowhere', agentFile: '/nowhere', confDir: undefined }
  const server = await serveUi({
    port: 0,
    watch: new NodeWatch({ ...node, clock: systemClock, signal }),
    runs: new Runs(['/nowhere']),
    connect: () => Promise.reject(new Error('there is no cluster')),
    clock: systemClock,
    signal,
  })
  return { port: Number(new URL(server.url).port), server, most: 64 }
}

async function agent() {
  const nothing = () => new Map()
  const answers = { metrics: () => 'up 1\n', healthz: nothing, readyz: nothing }
  const server = await serveHttp('127.0.0.1:0', answers)
  return { port: Number(server.address.split(':').at(-1)), server, most: 16 }
}

/** How long a server keeps a connection that says this, and a byte a second after it. */
async function heldFor(port: number, begins: string): Promise<number> {
  const beganMs = performance.now()
  const socket = net.connect({ port, host: '127.0.0.1' })
  socket.on('error', () => {})
  await once(socket, 'connect')
  socket.write(begins)
  const drip = setInterval(() => socket.write('x'), 1000)
  socket.resume()
  await once(socket, 'close')
  clearInterval(drip)
  return performance.now() - beganMs
}

test.concurrent.each([
  ['fairlead ui', ui],
  ["the agent's HTTP", agent],
] as const)(
  '%s is there again 10 s after all of its connections were taken by who says nothing, or says it slowly',
  async (_, start) => {
    const { port, server, most } = await start()
    await using _server = server
    const slow = [
      '',
      'GET / HTT',
      'GET / HTTP/1.1\r\nHost: x\r\nA: ',
      'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99\r\n\r\n',
    ]
    const held = Array.from({ length: most }, (_, index) =>
      heldFor(port, slow[index % slow.length] ?? ''),
    )
    for (const ms of await Promise.all(held)) expect(ms).toBeLessThan(10_000)
    const { status } = await fetch(`http://127.0.0.1:${port}/`)
    expect([401, 404]).toContain(status)
  },
)
