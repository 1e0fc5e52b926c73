import type { AgentEvent } from '../agent-event.ts'
import { repairText } from '../repair.ts'
import type { ObjectEvent } from '../../kube/object-events.ts'

const REPAIRS = {
  report: 'RuntimeHangs',
  'end-plugins': 'HungPluginEnded',
  restart: 'RuntimeRestarted',
} as const

/** What is an Event on the Node: whatever was done about the runtime, its networks or pods; else undefined. */
export function nodeEventOf(event: AgentEvent): ObjectEvent | undefined {
  switch (event.type) {
    case 'repair':
      return {
        type: 'Warning',
        reason: REPAIRS[event.repair.kind],
        message: repairText(event),
      }
    case 'withdrawn': {
      const message = `${event.change}; taken back, since the runtime said ${event.reason}`
      return { type: 'Warning', reason: 'NetworkConfigWithdrawn', message }
    }
    case 'pod-evicted': {
      const { namespace, name, missing } = event.pod
      const message = `Pod ${namespace}/${name} was evicted: it was started without ${missing.join(', ')}`
      return { type: 'Normal', reason: 'PodRecreated', message }
    }
    default:
      return undefined
  }
}
