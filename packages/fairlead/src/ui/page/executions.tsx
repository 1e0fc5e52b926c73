import type { ExecSpan } from '../../lab/report/report.ts'
import { latency } from '../../lab/report/ui/format.ts'
import { clockTime } from './clock-time.ts'
import type { NodeView } from './node-view.ts'

const SHOWN_MAX = 12

/** The plugins that run, and those that ran last. */
export function Executions({ view: { running, ended, atMs } }: { readonly view: NodeView }) {
  const shown = [...running, ...ended].slice(0, SHOWN_MAX)
  const more = running.length - SHOWN_MAX
  return (
    <section aria-labelledby="executions">
      <h2 id="executions">Plugin executions</h2>
      {shown.length === 0 ? (
        <p class="nothing">None was seen. Those of less than half a second may be missed.</p>
      ) : (
        <div class="sheet">
          <table class="rows">
            <thead>
              <tr>
                <th scope="col">Began</th>
                <th scope="col">Execution</th>
                <th scope="col">Took</th>
              </tr>
            </thead>
            <tbody>
              {shown.map((exec, i) => (
                <Execution key={i} exec={exec} atMs={atMs} />
              ))}
            </tbody>
          </table>
          {more > 0 && <p class="more">{more} more are running.</p>}
        </div>
      )}
    </section>
  )
}

function Execution({ exec, atMs }: { readonly exec: ExecSpan; readonly atMs: number }) {
  const runs = exec.outcome === 'running'
  return (
    <tr class={runs ? 'is-running' : undefined}>
      <td class="time">{clockTime(exec.startMs)}</td>
      <th scope="row">
        {exec.plugin} {exec.verb}
        {exec.pod !== undefined && <span class="reason">{exec.pod}</span>}
      </th>
      <td>
        {runs ? `runs for ${latency(atMs - exec.startMs)}` : latency(exec.endMs - exec.startMs)}
      </td>
    </tr>
  )
}
