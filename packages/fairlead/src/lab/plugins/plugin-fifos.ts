import { execFile } from 'node:child_process'
import { constants, open as openDescriptor, read as readDescriptor } from 'node:fs'
import { mkdir, open, readFile, writeFile } from 'node:fs/promises'
import net from 'node:net'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { systemCodeOf } from '../../errors.ts'
import type { Reply } from './behaviour.ts'

/**
 * Makes the FIFOs that plugins begin with, in `dir`, and tells of each plugin that announces itself: its
 * name, and the folder that it talks through.
 */
export async function announcements(
  dir: string,
  onPlugin: (plugin: string, dir: string) => void,
): Promise<Disposable> {
  const fifo = path.join(dir, 'announce')
  await mkdir(path.join(dir, 'exec'), { recursive: true })
  await promisify(execFile)('mkfifo', [fifo])
  // Open for writing too: the FIFO then never ends, and no plugin ever waits to open it.
  const socket = socketOf(await openNonBlocking(fifo, constants.O_RDWR))
  createInterface({ input: socket }).on('line', (line) => {
    const [plugin = '', name = ''] = line.split(' ')
    onPlugin(plugin, path.join(dir, 'exec', name))
  })
  return {
    [Symbol.dispose]: () => {
      socket.destroy()
    },
  }
}

/** Watches for the end of a plugin: `ended` is aborted and `end` resolves, by whatever it ends. */
export async function lifeOf(
  dir: string,
): Promise<{ readonly ended: AbortSignal; readonly end: Promise<void> }> {
  const fd = await openNonBlocking(path.join(dir, 'alive'), constants.O_RDONLY)
  // poll(2) never tells of a plugin that ended before `alive` was opened here; a read does.
  const isEnded = await isAtEnd(fd)
  const alive = socketOf(fd)
  const ended = new AbortController()
  const end = new Promise<void>((resolve) => {
    alive.once('close', () => {
      ended.abort()
      resolve()
    })
  })
  if (isEnded) alive.destroy()
  else alive.resume()
  return { ended: ended.signal, end }
}

/** What a runtime has given to a plugin. */
export async function readGiven(
  dir: string,
): Promise<{ readonly environment: Record<string, string>; readonly stdin: string }> {
  return {
    environment: parseLines(await readFile(path.join(dir, 'parameters'), 'utf8')),
    stdin: await readFile(path.join(dir, 'stdin'), 'utf8'),
  }
}

/** Tells a plugin what to do; false when it has ended and there is nobody to tell. */
export async function send(dir: string, reply: Reply): Promise<boolean> {
  await writeFile(path.join(dir, 'stdout'), reply.action === 'exit' ? reply.stdout : '')
  if (reply.action === 'delegate') await writeFile(path.join(dir, 'delegate-stdin'), reply.stdin)
  // The plugin holds the FIFO open for reading, so this cannot block; if it has died in between,
  // nobody reads: the open fails with ENXIO, or the write with EPIPE.
  try {
    await using handle = await open(
      path.join(dir, 'reply'),
      constants.O_WRONLY | constants.O_NONBLOCK,
    )
    await handle.writeFile(`${lineOf(reply)}\n`)
    return true
  } catch (error) {
    if (['ENXIO', 'EPIPE'].includes(systemCodeOf(error) ?? '')) return false
    throw error
  }
}

function lineOf(reply: Reply): string {
  switch (reply.action) {
    case 'exit':
      return reply.orphanMs === undefined
        ? `exit ${reply.exitCode}`
        : `orphan ${reply.orphanMs / 1000}`
    case 'flood':
      return `flood ${reply.mb}`
    case 'signal':
      return `signal ${reply.signal}`
    case 'delegate':
      return `delegate ${reply.executable}`
  }
}

function parseLines(text: string): Record<string, string> {
  const pairs = text.split('\n').map((line) => {
    const at = line.indexOf('=')
    return [line.slice(0, at), line.slice(at + 1)] as const
  })
  return Object.fromEntries(pairs)
}

/** A bare descriptor, for {@link socketOf} to own: a FileHandle would be closed by the collector. */
async function openNonBlocking(file: string, mode: number): Promise<number> {
  return promisify(openDescriptor)(file, mode | constants.O_NONBLOCK)
}

function socketOf(fd: number): net.Socket {
  return new net.Socket({ fd, readable: true, writable: false })
}

/** Whether nobody holds an empty FIFO open for writing any more. */
async function isAtEnd(fd: number): Promise<boolean> {
  return promisify(readDescriptor)(fd, Buffer.alloc(1), 0, 1, null).then(
    ({ bytesRead }) => bytesRead === 0,
    (error: unknown) => {
      if (systemCodeOf(error) === 'EAGAIN') return false
      throw error
    },
  )
}
