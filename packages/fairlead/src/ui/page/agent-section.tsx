import type { AgentReport } from '../../agent-report.ts'
import { clockTime } from './clock-time.ts'

/** An agent writes its status every few seconds. */
const SILENT_AFTER_MS = 30_000

/** Whether the agent has gone, and only its status file is left. */
export function isSilent({ at }: AgentReport, atMs: number): boolean {
  return atMs - Date.parse(at) > SILENT_AFTER_MS
}

/** What the agent has published, what waits and what it did. */
export function AgentSection({
  agent,
  atMs,
}: {
  readonly agent: AgentReport
  readonly atMs: number
}) {
  const { at, runtime, published, waiting, quarantined, repairs, latePods } = agent
  return (
    <section aria-labelledby="agent">
      <h2 id="agent">Agent</h2>
      <div class="sheet agent">
        <p>{runtime.text}</p>
        <dl>
          <dt>Published</dt>
          <dd>{published.length === 0 ? 'nothing' : published.join(', ')}</dd>
          {waiting.map(({ network, reason }) => (
            <Row key={network} name="Waits" what={network} why={reason} />
          ))}
          {quarantined.map(({ file, reason }) => (
            <Row key={file} name="Withdrawn" what={file} why={reason} />
          ))}
          {repairs.map(({ at: atText, why }) => (
            <Row key={atText} name="Repaired" what={clockTime(Date.parse(atText))} why={why} />
          ))}
          {latePods.map(({ namespace, name, missing }) => (
            <Row
              key={`${namespace}/${name}`}
              name="Started too early"
              what={`${namespace}/${name}`}
              why={`lacks ${missing.join(', ')}`}
            />
          ))}
        </dl>
        {isSilent(agent, atMs) && (
          <p class="soft">As of {clockTime(Date.parse(at))}; the agent has not written since.</p>
        )}
      </div>
    </section>
  )
}

function Row({
  name,
  what,
  why,
}: {
  readonly name: string
  readonly what: string
  readonly why: string
}) {
  return (
    <>
      <dt>{name}</dt>
      <dd>
        {what} <span class="reason">{why}</span>
      </dd>
    </>
  )
}
