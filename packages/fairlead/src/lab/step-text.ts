import type { Step } from './step.ts'

/** One line that says what a step does, for progress and reports. */
export function describeStep(step: Step): string {
  switch (step.do) {
    case 'install':
      if (step.as === 'empty') return `${step.installer} leaves its file empty`
      if (step.as === 'halves') return `${step.installer} writes its file in two halves`
      return `${step.installer} ${MANNER_WORDS[step.manner ?? 'truncate']}`
    case 'write-file':
      return step.into === undefined
        ? `${step.file} is written`
        : `${step.file} is written where the runtime loads from`
    case 'remove-file':
      return `${step.file} is removed`
    case 'rename-file':
      return `${step.file} is renamed to ${step.to}`
    case 'link-file':
      return `${step.file} becomes a link to ${step.to}`
    case 'remove-conf-dir':
      return 'the conf dir is removed'
    case 'make-conf-dir':
      return 'the conf dir is made anew'
    case 'repoint-conf-dir':
      return `the conf dir is pointed to a folder with the files of ${step.installers.join(', ') || 'nobody'}`
    case 'binary':
      return `the executable of ${step.plugin} is ${BINARY_WORDS[step.is]}`
    case 'disk':
      return step.is === 'full' ? 'the disk is full' : 'the disk has room again'
    case 'damage-cache':
      return 'the cached results are damaged'
    case 'behave':
      return `${step.plugin} ${step.verb} from now on: ${describeBehaviour(step.as)}`
    case 'release':
      return step.count === undefined
        ? `held ${step.plugin} ${step.verb} go on`
        : `${step.count} held ${step.plugin} ${step.verb} go on`
    case 'start-daemon':
      return `the ${step.daemon} daemon is up`
    case 'stop-daemon':
      return `the ${step.daemon} daemon is gone`
    case 'start-pods':
      return step.count === 1 ? 'a pod comes' : `${step.count} pods come`
    case 'stop-pods':
      if (step.count === undefined) return 'all pods go'
      return step.count === 1 ? 'a pod goes' : `${step.count} pods go`
    case 'wait-for-pods':
      return step.running === 1 ? 'until 1 pod runs' : `until ${step.running} pods run`
    case 'wait':
      return `wait ${step.for / 1000} s`
    case 'wait-for-executions':
      return `until ${step.count} ${step.plugin} ${step.verb} ${step.count === 1 ? 'runs' : 'run'}`
    case 'wait-for-network':
      return 'until the network is ready'
    case 'repeat':
      return `${step.times} times: ${step.steps.map(describeStep).join(', ')}`
    case 'stop-runtime':
      return 'the runtime is stopped'
    case 'kill-runtime':
      return 'the runtime is killed'
    case 'start-runtime':
      return 'the runtime is started'
    case 'upgrade-runtime':
      return step.to === 'other' ? 'the runtime is upgraded' : 'the runtime is put back'
    case 'reboot':
      return step.confDir === 'kept'
        ? 'the node reboots'
        : 'the node reboots, and its conf dir is empty'
  }
}

function describeBehaviour(as: Extract<Step, { do: 'behave' }>['as']): string {
  switch (as.kind) {
    case 'answer':
      return 'it answers'
    case 'hold':
      return 'it hangs until released'
    case 'delay':
      return `it takes ${as.ms / 1000} s`
    case 'fail':
      return `it fails, "${as.msg}"`
    case 'crash':
      return 'it crashes'
    case 'garbage':
      return 'it prints nonsense'
    case 'flood':
      return `it prints ${as.mb} MB`
    case 'orphan':
      return `it leaves a child with its stdout for ${as.ms / 1000} s`
  }
}

const BINARY_WORDS = {
  whole: 'there and whole',
  missing: 'gone',
  'not-executable': 'not executable',
  'wrong-arch': 'for another machine',
  empty: 'empty',
  busy: 'open for writing',
} as const

const MANNER_WORDS = {
  rename: 'writes its file',
  truncate: 'writes its file',
  'move-in': 'moves its file in from another folder',
  'hard-link': 'links its file in',
  symlink: 'links to its file in another folder',
} as const
