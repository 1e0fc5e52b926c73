import { connect, createServer } from 'node:net'

// `listen <port>`: tells each client the address it is seen under, until stdin ends.
// `ask <host> <port>`: prints what such a server tells.
const [what, first = '', second = ''] = process.argv.slice(2)

if (what === 'listen') {
  createServer((socket) => {
    socket.on('error', () => {
      // The client is gone, and its own side says why.
    })
    socket.end((socket.remoteAddress ?? '').replace(/^::ffff:/, ''))
  }).listen(Number(first), '::', () => {
    process.stdout.write('listening\n')
  })
  process.stdin.on('end', () => process.exit()).resume()
} else {
  const socket = connect({ host: first, port: Number(second), timeout: 5_000 })
  socket.on('timeout', () => {
    socket.destroy(new Error(`no answer of ${first} port ${second}`))
  })
  socket.on('error', (error) => {
    process.stderr.write(`${error.message}\n`)
    process.exitCode = 1
  })
  socket.pipe(process.stdout)
}
