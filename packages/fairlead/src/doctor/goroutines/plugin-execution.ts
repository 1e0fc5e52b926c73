import { type CniLock, ownerOf } from './cni-locks.ts'
import type { Frame } from './goroutine.ts'

/** A goroutine that waits for the end of a CNI plugin's execution. */
export interface PluginExecution {
  readonly verb: 'ADD' | 'DEL' | 'CHECK' | 'STATUS' | 'GC' | 'VERSION' | undefined
  /** Whether the process has ended, and somebody else holds its stdout or stderr. */
  readonly isPipeHeld: boolean
  /** Locks that are held for as long as it runs, in versions that hold one then. */
  readonly under: readonly CniLock[]
}

// containernetworking/cni:libcni/api.go and pkg/invoke; Go may have inlined any of them.
const VERBS = [
  ['ADD', /\.(?:AddNetworkList|AddNetwork|addNetwork)$/],
  ['DEL', /\.(?:DelNetworkList|DelNetwork|delNetwork)$/],
  ['CHECK', /\.(?:CheckNetworkList|CheckNetwork|checkNetwork)$/],
  ['STATUS', /\.(?:GetStatusNetworkList|getStatusNetwork)$/],
  ['GC', /\.(?:GCNetworkList|GCNetwork|gcNetwork)$/],
  ['VERSION', /\.(?:ValidateNetworkList|ValidateNetwork|validatePlugin|GetVersionInfo)$/],
] as const

/** The execution that a goroutine waits for; undefined where it waits for none. */
export function pluginExecutionOf(frames: readonly Frame[]): PluginExecution | undefined {
  const names = frames.map((frame) => frame.function)
  if (!names.some((name) => name.endsWith('.(*RawExec).ExecPlugin'))) return undefined
  if (!names.some((name) => /^os\/exec\.\(\*Cmd\)\.(?:Wait|Run)$/.test(name))) return undefined
  const innermost = names.find((name) => !name.startsWith('runtime.')) ?? ''
  return {
    verb: VERBS.find(([, pattern]) => names.some((name) => pattern.test(name)))?.[0],
    // os/exec.(*Cmd).Wait: first the process, then whoever copies its output. Go 1.20 made that a method.
    isPipeHeld: /^os\/exec\.\(\*Cmd\)\.(?:awaitGoroutines|Wait)$/.test(innermost),
    under: [...new Set(frames.flatMap(locksHeldBy))],
  }
}

function locksHeldBy(frame: Frame): CniLock[] {
  // The networks of one pod are attached by goroutines of their own.
  if (/go-cni\.(?:asynchAttach|\(\*Network\)\.\w+)$/.test(frame.function)) return ['go-cni']
  const owner = ownerOf(frame)
  if (owner?.type === 'libcni') return ['go-cni']
  if (owner?.type === 'CNIManager') return ['cri-o-cni-manager']
  switch (owner?.method) {
    case 'forEachNetwork':
      return ['ocicni']
    case 'GC':
      return ['ocicni-gc']
    default:
      // ocicni asks for STATUS and VERSION without its lock.
      return []
  }
}
