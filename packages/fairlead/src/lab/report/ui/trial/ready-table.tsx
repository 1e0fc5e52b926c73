import type { Verdict } from '../../report.ts'
import { seconds } from '../format.ts'

/** The Ready condition that kubelet posted or would have posted, one row for each transition. */
export function ReadyTable({ verdict: { ready, kubelet } }: { readonly verdict: Verdict }) {
  return (
    <div class="ready">
      <h4>What kubelet {kubelet === undefined ? 'would have reported' : `${kubelet} reported`}</h4>
      {ready.length === 0 ? (
        <p>Nothing: no condition was posted.</p>
      ) : (
        <table class="ready-table">
          <thead>
            <tr>
              <th scope="col">Time</th>
              <th scope="col">Ready</th>
              <th scope="col">Reason</th>
              <th scope="col">Message</th>
            </tr>
          </thead>
          <tbody>
            {ready.map((condition) => (
              <tr key={condition.atMs}>
                <td class="time">{seconds(condition.atMs)}</td>
                <td>
                  <span class={`ready-note ready-note-${condition.status}`}>
                    {condition.status}
                  </span>
                </td>
                <td>{condition.reason}</td>
                <td class="message">{condition.message}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </div>
  )
}
