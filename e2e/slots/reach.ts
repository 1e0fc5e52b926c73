import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import type { TrialNode } from '../../packages/fairlead/src/lab/node/trial-node.ts'

const SOCKET = '/run/fairlead/reach.sock'

/** Runs in the node, where nothing of the machine's network is: what is said to the port goes into the socket file. */
const SCRIPT = `
const net = require('node:net')
const [port, socket] = process.argv.slice(1)
net.createServer((from) => {
  const to = net.connect(socket)
  from.pipe(to).pipe(from)
  for (const end of [from, to]) end.on('error', () => { from.destroy(); to.destroy() })
}).listen(Number(port), '127.0.0.1', () => console.log('listens'))
`

/** Lets a node reach a port of this machine's loopback, at the same address, until it is disposed of. */
export async function reachFrom(node: TrialNode, port: number): Promise<AsyncDisposable> {
  const sockets = new Set<Socket>()
  const server = createServer((from) => {
    const to = connect(port, '127.0.0.1')
    from.pipe(to).pipe(from)
    for (const end of [from, to]) {
      sockets.add(end)
      end.on('error', () => {
        from.destroy()
        to.destroy()
      })
      end.once('close', () => sockets.delete(end))
    }
  })
  server.listen(node.outside(SOCKET))
  await once(server, 'listening')
  const { code, stderr } = await node.run(['ip', 'link', 'set', 'lo', 'up'], { timeoutMs: 5_000 })
  if (code !== 0) throw new Error(stderr)
  const inside = node.spawn([process.execPath, '-e', SCRIPT, String(port), SOCKET])
  if (inside.stdout === null) throw new Error('it has pipes')
  await once(inside.stdout, 'data', { signal: AbortSignal.timeout(10_000) })
  return {
    [Symbol.asyncDispose]: async () => {
      inside.kill('SIGKILL')
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
