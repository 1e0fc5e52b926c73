import { readFileSync, statSync } from 'node:fs'
import type { NodeProcess, Processes } from '../../node-processes.ts'

/**
 * The process that listens on a CRI socket; undefined where none is seen to. The same path may be another
 * socket in other namespaces, so it is the file and the kernel's own list that tell.
 */
export function runtimeProcessOf(
  socketPath: string,
  { all }: Processes,
  procDir: string,
): NodeProcess | undefined {
  const socket = fileOf(socketPath)
  if (socket === undefined) return undefined
  // `/proc/4711/root/run/...`: a path of another mount namespace, as it is known there.
  const bound = socketPath.replace(/^\/proc\/\d+\/root(?=\/)/, '').replace(/^\/var\/run\//, '/run/')
  const lists = new Map<string, ReadonlySet<string>>()
  for (const process of all.values()) {
    const sockets = [...process.descriptors.values()].filter((target) =>
      target.startsWith('socket:'),
    )
    if (sockets.length === 0 || process.pid === 1) continue
    const netns = `${fileOf(`${procDir}/${process.pid}/ns/net`) ?? process.pid}`
    const listening = lists.get(netns) ?? listeningOn(bound, `${procDir}/${process.pid}/net/unix`)
    lists.set(netns, listening)
    const isBound = sockets.some((target) => listening.has(target))
    if (isBound && fileOf(`${procDir}/${process.pid}/root${bound}`) === socket) return process
  }
  return undefined
}

/** What descriptors of the sockets that listen at a path lead to; unix(7), /proc/net/unix. */
function listeningOn(bound: string, file: string): ReadonlySet<string> {
  const found = new Set<string>()
  for (const line of textOf(file).split('\n')) {
    // Num RefCount Protocol Flags Type St Inode Path; flags 00010000: __SO_ACCEPTCON
    const [, , , flags, , , inode, path = ''] = line.trim().split(/\s+/)
    if (flags !== '00010000' || inode === undefined) continue
    if (path.replace(/^\/var\/run\//, '/run/') === bound) found.add(`socket:[${inode}]`)
  }
  return found
}

/** Names a file whatever path leads to it. */
function fileOf(file: string): string | undefined {
  try {
    const { dev, ino } = statSync(file, { bigint: true })
    return `${dev}:${ino}`
  } catch {
    return undefined
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'latin1')
  } catch {
    return ''
  }
}
