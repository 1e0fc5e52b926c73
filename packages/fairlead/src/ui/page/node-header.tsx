import { duration } from '../../lab/report/ui/format.ts'
import { shortMessage } from '../../lab/report/ui/ready.ts'
import { VerdictSign } from '../../lab/report/ui/verdict/verdict-mark.tsx'
import type { NodeFacts } from '../live.ts'
import { clockTime } from './clock-time.ts'
import type { NodeView } from './node-view.ts'

/** Whether the node is Ready, since when, and which node that is. */
export function NodeHeader({ view, node }: { readonly view: NodeView; readonly node: NodeFacts }) {
  const { ready, atMs } = view
  const sign = { True: 'pass', False: 'wedge' } as const
  const word = ready === undefined ? 'inconclusive' : sign[ready.status]
  return (
    <header class="page-header">
      <h1>{node.hostname}</h1>
      <p class="summary" role="status">
        <span class={`verdict-${word}`}>
          <VerdictSign word={word} />
        </span>
        {readyText(view)}
      </p>
      <p class="run">
        {ready !== undefined && (
          <span>
            since {clockTime(ready.atMs)}, for {duration(atMs - ready.atMs)}
          </span>
        )}
        <span>
          {node.runtime === undefined
            ? node.socketPath
            : `${node.runtime.name} ${node.runtime.version} at ${node.socketPath}`}
        </span>
        <span>watched since {clockTime(node.sinceMs)}</span>
        <span>Ready as a kubelet 1.32 would post it</span>
        <span>times are UTC</span>
      </p>
    </header>
  )
}

/** Ready in a word, as the list of nodes has it. */
export function readyWord(ready: NodeView['ready']): string {
  if (ready === undefined) return 'Unknown'
  return ready.status === 'True' ? 'Ready' : 'NotReady'
}

/** Kubelet's own words. */
function readyText({ ready }: NodeView): string {
  if (ready === undefined) return 'Status has not been answered yet'
  const word = readyWord(ready)
  return ready.status === 'True' ? word : `${word}: ${shortMessage(ready.message)}`
}
