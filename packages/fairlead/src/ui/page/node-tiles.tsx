import type { ComponentChildren } from 'preact'
import { count, duration, latency } from '../../lab/report/ui/format.ts'
import type { NodeFacts } from '../live.ts'
import { isSilent } from './agent-section.tsx'
import { clockTime } from './clock-time.ts'
import type { NodeView, StatusView } from './node-view.ts'

/** What there is to know at a glance, each with what stands behind it. */
export function NodeTiles({ view, node }: { readonly view: NodeView; readonly node: NodeFacts }) {
  return (
    <dl class="tiles">
      <StatusTile status={view.status} atMs={view.atMs} />
      <PluginsTile view={view} />
      <NetworksTile view={view} node={node} />
      <AgentTile agent={node.agent} atMs={view.atMs} />
    </dl>
  )
}

function StatusTile({ status, atMs }: { readonly status: StatusView; readonly atMs: number }) {
  const name = 'Status'
  switch (status.kind) {
    case 'none':
      return <Tile name={name} value="not asked yet" />
    case 'answered':
      return (
        <Tile name={name} value={`answered in ${latency(status.latencyMs)}`}>
          slowest in ten minutes: {latency(status.slowestMs)}
        </Tile>
      )
    case 'failed':
      return (
        <Tile name={name} value="fails" isTrouble>
          {status.message}
        </Tile>
      )
    case 'silent':
      return (
        <Tile name={name} value={`silent for ${duration(atMs - status.sinceMs)}`} isTrouble>
          a kubelet calls the runtime down after 30 s
        </Tile>
      )
  }
}

function PluginsTile({ view: { running, atMs } }: { readonly view: NodeView }) {
  const [oldest] = running
  if (oldest === undefined) return <Tile name="Plugins" value="none running" />
  return (
    <Tile name="Plugins" value={`${running.length} running`}>
      {oldest.plugin} {oldest.verb} {oldest.pod} for {duration(atMs - oldest.startMs)}
    </Tile>
  )
}

function NetworksTile({ view, node }: { readonly view: NodeView; readonly node: NodeFacts }) {
  const load = view.evidence.timeline.cniLoads.at(-1)
  if (node.networks === undefined) {
    return (
      <Tile name="Networks" value="not known">
        the runtime does not say what it has loaded
      </Tile>
    )
  }
  const isTrouble = load !== undefined && load.status !== 'OK'
  return (
    <Tile name="Networks" value={`${node.networks.length} loaded`} isTrouble={isTrouble}>
      {isTrouble ? load.status : node.networks.map(({ name }) => name).join(', ')}
    </Tile>
  )
}

function AgentTile({ agent, atMs }: { readonly agent: NodeFacts['agent']; readonly atMs: number }) {
  if (agent === undefined) return <Tile name="Agent" value="none runs here" />
  if (isSilent(agent, atMs)) {
    return (
      <Tile name="Agent" value="does not answer" isTrouble>
        its last word was at {clockTime(Date.parse(agent.at))}
      </Tile>
    )
  }
  const { published, waiting, quarantined, repairs, latePods } = agent
  const more = [
    ...(waiting.length > 0 ? [`${waiting.length} waiting`] : []),
    ...(quarantined.length > 0 ? [`${quarantined.length} withdrawn`] : []),
    ...(repairs.length > 0 ? [count(repairs.length, 'repair')] : []),
    ...(latePods.length > 0 ? [`${count(latePods.length, 'pod')} too early`] : []),
  ]
  return (
    <Tile name="Agent" value={`${published.length} published`}>
      {more.length === 0 ? 'nothing waits' : more.join(', ')}
    </Tile>
  )
}

function Tile({
  name,
  value,
  isTrouble = false,
  children,
}: {
  readonly name: string
  readonly value: string
  readonly isTrouble?: boolean
  readonly children?: ComponentChildren
}) {
  return (
    <div class={`tile ${isTrouble ? 'is-trouble' : ''}`}>
      <dt>{name}</dt>
      <dd>
        <span class="tile-value">{value}</span>
        {children !== undefined && <span class="tile-more">{children}</span>}
      </dd>
    </div>
  )
}
