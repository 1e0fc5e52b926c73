import type { Frame } from './goroutine.ts'

/** A lock of a runtime that CNI plugins and the status of the network meet at. */
export type CniLock = 'go-cni' | 'ocicni' | 'ocicni-gc' | 'cri-o-cni-manager'

/** What people call it. */
export const LOCK_NAMES: Readonly<Record<CniLock, string>> = {
  'go-cni': "go-cni's lock",
  ocicni: "ocicni's lock",
  'ocicni-gc': "ocicni's lock for GC",
  'cri-o-cni-manager': "the lock of CRI-O's CNI manager",
}

/** A method of an object that has one of these locks. */
export interface LockOwner {
  readonly type: 'libcni' | 'cniNetworkPlugin' | 'CNIManager'
  readonly method: string
}

const OWNERS =
  /(?:go-cni\.\(\*(libcni)\)|ocicni\.\(\*(cniNetworkPlugin)\)|cnimgr\.\(\*(CNIManager)\))\.(\w+)$/

/** The object with a lock whose method this frame is; undefined for any other. */
export function ownerOf(frame: Frame): LockOwner | undefined {
  const [, libcni, plugin, manager, method] = OWNERS.exec(frame.function) ?? []
  if (method === undefined) return undefined
  if (libcni !== undefined) return { type: 'libcni', method }
  if (plugin !== undefined) return { type: 'cniNetworkPlugin', method }
  return manager === undefined ? undefined : { type: 'CNIManager', method }
}

/** A goroutine that waits for one of these locks. */
export interface LockWait {
  readonly lock: CniLock
  readonly mode: 'read' | 'write'
  /** The method that asks: `Load`, `Status`, `createResult`. */
  readonly method: string
  /** The outermost method of that object on the stack, which is the operation. */
  readonly operation: string
  /** Which of several objects of that kind; undefined where the dump does not say. */
  readonly receiver: string | undefined
  /** Whether the operation has the lock for reading already (go-cni v1.1.11 only). */
  readonly holdsIt: boolean
}

/** The lock that a goroutine waits for; undefined where it waits for none of these. */
export function lockWaitOf(frames: readonly Frame[]): LockWait | undefined {
  const innermost = frames.findIndex(({ function: name }) => !IN_LOCK.test(name))
  const asks = frames[innermost - 1]?.function ?? ''
  const [, , mode] = /^sync\.\(\*(RWMutex|Mutex)\)\.(RLock|Lock)$/.exec(asks) ?? []
  const frame = frames[innermost]
  const owner = frame === undefined ? undefined : ownerOf(frame)
  if (mode === undefined || owner === undefined) return undefined
  const methods = frames.flatMap((each) => {
    const { type, method } = ownerOf(each) ?? {}
    return type === owner.type && method !== undefined ? [{ method, frame: each }] : []
  })
  const outermost = methods.at(-1)
  const receivers = methods.map((each) => each.frame.receiver)
  return {
    lock: lockOf(owner, mode),
    mode: mode === 'RLock' ? 'read' : 'write',
    method: owner.method,
    operation: outermost?.method ?? owner.method,
    receiver: receivers.find((receiver) => receiver !== undefined),
    // containerd/go-cni@v1.1.11:cni.go: `ready` has given it back before the operation takes it.
    holdsIt:
      owner.type === 'libcni' &&
      mode === 'RLock' &&
      owner.method !== 'ready' &&
      outermost !== undefined &&
      outermost.method !== owner.method &&
      LIBCNI_OPERATIONS.has(outermost.method),
  }
}

/** The operations for which go-cni has held its lock since v1.1.11. */
const LIBCNI_OPERATIONS: ReadonlySet<string> = new Set([
  'Setup',
  'SetupSerially',
  'Remove',
  'Check',
])

/** What goes on within a lock: runtime.gopark, sync.runtime_SemacquireRWMutexR, (internal/)sync.(*Mutex). */
const IN_LOCK = /^(?:runtime\.|(?:internal\/)?sync\.)/

/** cri-o/ocicni@v0.4.3 and later: pods take `gcLock` for reading, GC for writing. */
const GC_LOCK_METHODS: ReadonlySet<string> = new Set([
  'SetUpPodWithContext',
  'TearDownPodWithContext',
])

function lockOf({ type, method }: LockOwner, mode: string): CniLock {
  if (type === 'libcni') return 'go-cni'
  if (type === 'CNIManager') return 'cri-o-cni-manager'
  if (GC_LOCK_METHODS.has(method)) return 'ocicni-gc'
  return method === 'GC' && mode === 'Lock' ? 'ocicni-gc' : 'ocicni'
}
