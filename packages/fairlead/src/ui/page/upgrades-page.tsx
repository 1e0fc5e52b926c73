import { count, when } from '../../lab/report/ui/format.ts'
import type { VerdictWord } from '../../lab/report/report.ts'
import { VerdictMark } from '../../lab/report/ui/verdict/verdict-mark.tsx'
import type { UpgradeStatus, UpgradePhase } from '../../upgrade/status.ts'
import type { UpgradesAnswer, UpgradeSummary } from '../upgrades.ts'
import { useFetched } from './fetched.ts'

const EVERY_MS = 5_000
/** More failed nodes than a person reads at once. */
const FAILURES_MAX = 10

/** The signs of the verdicts, for phases that are as good or as bad. */
const SIGNS: Readonly<Record<UpgradePhase, VerdictWord>> = {
  Complete: 'pass',
  Progressing: 'inconclusive',
  Paused: 'stall',
  Stopped: 'wedge',
  RollingBack: 'flap',
  RolledBack: 'flap',
}

/** The runtime upgrades of the cluster, to look at only. */
export function UpgradesPage() {
  const fetched = useFetched('/api/upgrades', EVERY_MS)
  return (
    <main>
      <h1 class="page-title">Upgrades</h1>
      {fetched.state === 'loading' && <p class="nothing">The cluster is being asked.</p>}
      {fetched.state === 'failed' && <p role="alert">{fetched.reason}</p>}
      {fetched.state === 'here' && <Upgrades answer={answerIn(fetched.text)} />}
    </main>
  )
}

/** Page and server are of one version. */
function answerIn(text: string): UpgradesAnswer {
  return JSON.parse(text)
}

function Upgrades({ answer }: { readonly answer: UpgradesAnswer }) {
  if (!answer.ok) {
    return (
      <p class="nothing">
        {answer.problem} {answer.hint}
      </p>
    )
  }
  if (answer.upgrades.length === 0) return <p class="nothing">The cluster has no RuntimeUpgrade.</p>
  return (
    <ul class="cards">
      {answer.upgrades.map((upgrade) => (
        <li key={upgrade.name} class="sheet">
          <Upgrade upgrade={upgrade} />
        </li>
      ))}
    </ul>
  )
}

function Upgrade({ upgrade: { name, createdAt, content } }: { readonly upgrade: UpgradeSummary }) {
  if (!content.ok) {
    return (
      <>
        <span class="card-name">{name}</span>
        <span class="reason">{content.problem}</span>
      </>
    )
  }
  const { version, status } = content
  return (
    <>
      <span class="card-name">
        {name} <span class="on">to</span> {version}
      </span>
      <span class="card-signs">
        {status === undefined ? (
          <span class="soft">no controller has seen it yet</span>
        ) : (
          <VerdictMark word={SIGNS[status.phase]}>{status.phase}</VerdictMark>
        )}
      </span>
      {status !== undefined && <Status status={status} />}
      <span class="card-facts soft">made {when(createdAt)}</span>
    </>
  )
}

function Status({ status }: { readonly status: UpgradeStatus }) {
  const { message, total, wave, waves, started, done, rolledBack, inFlight, failures } = status
  const share = (n: number) => `${total === 0 ? 0 : (100 * n) / total}%`
  return (
    <>
      <span class="card-facts">{message}</span>
      <div
        class="progress"
        role="img"
        aria-label={`${done} of ${count(total, 'node')} done, ${started} begun`}
      >
        <span class="progress-begun" style={{ width: share(started) }} />
        <span class="progress-done" style={{ width: share(done) }} />
        {waves.slice(0, -1).map(({ upTo }) => (
          <span key={upTo} class="progress-wave" style={{ left: share(upTo) }} />
        ))}
      </div>
      <span class="card-facts">
        {[
          `${done} of ${count(total, 'node')} done`,
          `${count(inFlight.length, 'node')} under way`,
          wave === 0 ? 'canary' : `wave ${wave} of ${waves.length - 1}`,
          ...(rolledBack > 0 ? [`${rolledBack} rolled back`] : []),
          ...(failures.length > 0 ? [`${failures.length} failed`] : []),
        ].join(', ')}
      </span>
      {failures.length > 0 && (
        <ul class="failures">
          {failures.slice(0, FAILURES_MAX).map(({ node, reason }) => (
            <li key={node}>
              <strong>{node}</strong> {reason}
            </li>
          ))}
          {failures.length > FAILURES_MAX && <li>and {failures.length - FAILURES_MAX} more</li>}
        </ul>
      )}
    </>
  )
}
