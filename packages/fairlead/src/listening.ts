import { connect } from 'node:net'

/**
 * Whether somebody accepts connections at a unix socket. A file that a dead process has left does not
 * count. It needs no deadline: such a connection is made at once or refused (connect(2), EAGAIN).
 */
export async function isListening(file: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(file)
    const answer = (is: boolean) => {
      socket.destroy()
      resolve(is)
    }
    socket.once('connect', () => {
      answer(true)
    })
    socket.once('error', () => {
      answer(false)
    })
  })
}
