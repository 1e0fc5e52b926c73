import { useSignal } from '@preact/signals'
import type { Evidence } from '../evidence.ts'
import { timelineEvents } from './events.ts'

/** The timeline as a table: for screen readers, for searching and for copying. */
export function EventsTable({ evidence }: { readonly evidence: Evidence }) {
  const open = useSignal(false)
  return (
    <details
      class="aside"
      onToggle={(event) => {
        open.value = event.currentTarget.open
      }}
    >
      <summary>Events as a table</summary>
      {open.value && (
        <table class="events">
          <thead>
            <tr>
              <th scope="col">Time</th>
              <th scope="col">What</th>
              <th scope="col">Event</th>
            </tr>
          </thead>
          <tbody>
            {timelineEvents(evidence).map(({ atMs, what, text }, i) => (
              <tr key={i}>
                <td class="time">{evidence.axis.text(atMs)}</td>
                <td class="what">{what}</td>
                <td class="message">{text}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </details>
  )
}
