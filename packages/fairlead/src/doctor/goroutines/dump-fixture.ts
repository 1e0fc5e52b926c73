import { readFileSync } from 'node:fs'
import type { Fact, ProbeFact } from '../fact.ts'
import { DumpReader, type GoroutineDump } from './goroutine-dump.ts'
import { factsOf } from './goroutine-facts.ts'

/** A file of `tests/evidence`: what a real runtime has written. */
export function evidence(file: string): string {
  return readFileSync(new URL(`../../../../../tests/evidence/${file}`, import.meta.url), 'utf8')
}

/** The dumps of a text that comes in these pieces. */
export function dumpsOf(pieces: readonly Uint8Array[]): GoroutineDump[] {
  const reader = new DumpReader()
  const decoder = new TextDecoder()
  const dumps = pieces.flatMap((piece) => {
    reader.push(decoder.decode(piece, { stream: true }))
    return reader.take()
  })
  reader.push(decoder.decode())
  reader.end()
  return [...dumps, ...reader.take()]
}

/** The facts of a text that comes in these pieces. */
export function factsOfPieces(pieces: readonly (string | Uint8Array)[]): Fact[] {
  const bytes = pieces.map((piece) => Buffer.from(piece))
  return dumpsOf(bytes).flatMap((dump) => factsOf(dump, { source: 'dump', node: undefined }))
}

/** What Fairlead finds in a text. */
export function probesIn(text: string): Pick<ProbeFact, 'probe' | 'text'>[] {
  const facts = factsOfPieces([text])
  return facts.flatMap((fact) =>
    fact.kind === 'probe' ? [{ probe: fact.probe, text: fact.text }] : [],
  )
}

/** A dump as containerd logs it: one line, in logfmt or JSON. */
export function logged(dump: string, format: 'logfmt' | 'json' = 'logfmt'): string {
  const msg = JSON.stringify(
    `=== BEGIN goroutine stack dump ===\n${dump}\n=== END goroutine stack dump ===`,
  )
  const time = '2026-11-23T17:17:49.797764652Z'
  return format === 'logfmt'
    ? `time="${time}" level=info msg=${msg}\n`
    : `{"level":"info","msg":${msg},"time":"${time}"}\n`
}

interface Stack {
  readonly id?: number
  readonly state: string
  /** The innermost first. */
  readonly functions: readonly string[]
}

/** A dump with these goroutines, as `runtime.Stack` writes it. */
export function dumpOf(stacks: readonly Stack[]): string {
  const own = { state: 'running', functions: ['github.com/containerd/containerd.dumpStacks(0x1)'] }
  return [own, ...stacks]
    .map(({ state, functions }, at) => {
      const frames = functions.map((name) => {
        const call = name.endsWith(')') ? name : `${name}(0xc000010000, 0x1?)`
        return `${call}\n\t/src/file.go:${at + 1} +0x1d\n`
      })
      return `goroutine ${at + 1} [${state}]:\n${frames.join('')}`
    })
    .join('\n')
}

const RLOCK = ['sync.runtime_SemacquireRWMutexR', 'sync.(*RWMutex).RLock(...)']
const LOCK = ['sync.runtime_SemacquireRWMutex', 'sync.(*RWMutex).Lock']
const EXEC = [
  'syscall.Syscall6',
  'os.(*Process).Wait',
  'os/exec.(*Cmd).Wait',
  'os/exec.(*Cmd).Run',
  'github.com/containernetworking/cni/pkg/invoke.(*RawExec).ExecPlugin',
]

/** Stacks of goroutines, as the versions named in the comments have them. */
export const STACKS = {
  reload: {
    state: 'sync.RWMutex.Lock',
    functions: [
      ...LOCK,
      'github.com/containerd/go-cni.(*libcni).Load',
      'github.com/containerd/containerd/v2/internal/cri/server.(*cniNetConfSyncer).syncLoop',
    ],
  },
  status: {
    state: 'sync.RWMutex.RLock',
    functions: [
      ...RLOCK,
      'github.com/containerd/go-cni.(*libcni).Status',
      'github.com/containerd/containerd/v2/internal/cri/server.(*criService).Status',
    ],
  },
  /** go-cni v1.1.11: Setup, that has its lock, asks for the networks. */
  networksUnderSetup: {
    state: 'sync.RWMutex.RLock',
    functions: [
      ...RLOCK,
      'github.com/containerd/go-cni.(*libcni).Networks(...)',
      'github.com/containerd/go-cni.(*libcni).attachNetworks',
      'github.com/containerd/go-cni.(*libcni).Setup',
    ],
  },
  /** go-cni v1.1.11: `ready` comes before Setup takes the lock. */
  readyOfSetup: {
    state: 'sync.RWMutex.RLock',
    functions: [
      ...RLOCK,
      'github.com/containerd/go-cni.(*libcni).ready',
      'github.com/containerd/go-cni.(*libcni).Setup',
    ],
  },
  add: {
    state: 'syscall, 3 minutes',
    functions: [
      ...EXEC,
      'github.com/containernetworking/cni/pkg/invoke.ExecPluginWithResult',
      'github.com/containernetworking/cni/libcni.(*CNIConfig).addNetwork',
      'github.com/containernetworking/cni/libcni.(*CNIConfig).AddNetworkList',
      'github.com/containerd/go-cni.(*Network).Attach(...)',
      'github.com/containerd/go-cni.asynchAttach',
    ],
  },
  /** The plugin's process has ended; whoever it has started holds its stdout. */
  addWithHeldPipe: {
    state: 'chan receive, 2 minutes',
    functions: [
      'os/exec.(*Cmd).awaitGoroutines',
      'os/exec.(*Cmd).Wait',
      'os/exec.(*Cmd).Run',
      'github.com/containernetworking/cni/pkg/invoke.(*RawExec).ExecPlugin',
      'github.com/containernetworking/cni/libcni.(*CNIConfig).AddNetworkList',
      'github.com/containerd/go-cni.(*Network).Attach(...)',
      'github.com/containerd/go-cni.asynchAttach',
    ],
  },
  statusVerb: {
    state: 'syscall',
    functions: [
      ...EXEC,
      'github.com/containernetworking/cni/libcni.(*CNIConfig).getStatusNetwork',
      'github.com/containernetworking/cni/libcni.(*CNIConfig).GetStatusNetworkList',
      'github.com/containerd/go-cni.(*libcni).Status',
    ],
  },
  /** cri-o/ocicni@v0.4.3 and later. */
  ocicniReload: {
    state: 'sync.RWMutex.Lock',
    functions: [
      ...LOCK,
      'github.com/cri-o/ocicni/pkg/ocicni.(*cniNetworkPlugin).syncNetworkConfig',
      'github.com/cri-o/ocicni/pkg/ocicni.(*cniNetworkPlugin).monitorConfDir',
    ],
  },
  ocicniAdd: {
    state: 'syscall',
    functions: [
      ...EXEC,
      'github.com/containernetworking/cni/libcni.(*CNIConfig).AddNetworkList',
      'github.com/cri-o/ocicni/pkg/ocicni.(*cniNetwork).addToNetwork',
      'github.com/cri-o/ocicni/pkg/ocicni.(*cniNetworkPlugin).SetUpPodWithContext.func1',
      'github.com/cri-o/ocicni/pkg/ocicni.(*cniNetworkPlugin).forEachNetwork',
      'github.com/cri-o/ocicni/pkg/ocicni.(*cniNetworkPlugin).SetUpPodWithContext',
    ],
  },
  ocicniStatus: {
    state: 'sync.RWMutex.RLock',
    functions: [
      ...RLOCK,
      'github.com/cri-o/ocicni/pkg/ocicni.(*cniNetworkPlugin).getDefaultNetwork',
      'github.com/cri-o/ocicni/pkg/ocicni.(*cniNetworkPlugin).StatusWithContext',
    ],
  },
  /** cri-o/cri-o: the manager asks for STATUS under its mutex. */
  crioStatusPoll: {
    state: 'syscall',
    functions: [
      ...EXEC,
      'github.com/containernetworking/cni/libcni.(*CNIConfig).GetStatusNetworkList',
      'github.com/cri-o/ocicni/pkg/ocicni.(*cniNetworkPlugin).StatusWithContext',
      'github.com/cri-o/cri-o/internal/config/cnimgr.(*CNIManager).statusPollFunc',
    ],
  },
  crioReady: {
    state: 'sync.RWMutex.RLock',
    functions: [
      ...RLOCK,
      'github.com/cri-o/cri-o/internal/config/cnimgr.(*CNIManager).ReadyOrError',
    ],
  },
} satisfies Record<string, Stack>
