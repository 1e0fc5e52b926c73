import { useEffect, useMemo } from 'preact/hooks'
import { Hatch } from '../../lab/report/ui/timeline/hatch.tsx'
import { TimelineView } from '../../lab/report/ui/timeline/timeline-view.tsx'
import { EventsTable } from '../../lab/report/ui/trial/events-table.tsx'
import type { LiveUpdate } from '../live.ts'
import { AgentSection } from './agent-section.tsx'
import { ConnectionNote } from './connection-note.tsx'
import { Executions } from './executions.tsx'
import { followNode } from './live.ts'
import { NetworksSection } from './networks-section.tsx'
import { NodeHeader, readyWord } from './node-header.tsx'
import { NodeTiles } from './node-tiles.tsx'
import { type NodeView, nodeView } from './node-view.ts'

/** The node as it is now, and the last ten minutes of it. */
export function NodePage() {
  const live = useMemo(followNode, [])
  const { connection, events, update } = live.value
  return (
    <>
      <ConnectionNote connection={connection} atMs={update?.atMs} />
      {update !== undefined && <Node view={nodeView(events, update)} update={update} />}
      <Hatch />
    </>
  )
}

function Node({ view, update }: { readonly view: NodeView; readonly update: LiveUpdate }) {
  const { node } = update
  const word = readyWord(view.ready)
  useEffect(() => {
    document.title = `${word}: ${node.hostname}`
  }, [word, node.hostname])
  return (
    <>
      <NodeHeader view={view} node={node} />
      <main>
        <NodeTiles view={view} node={node} />
        <section aria-labelledby="timeline">
          <h2 id="timeline">The last ten minutes</h2>
          <TimelineView evidence={view.evidence} fromEnd />
          <EventsTable evidence={view.evidence} />
        </section>
        <NetworksSection node={node} />
        <Executions view={view} />
        {node.agent !== undefined && <AgentSection agent={node.agent} atMs={view.atMs} />}
      </main>
    </>
  )
}
