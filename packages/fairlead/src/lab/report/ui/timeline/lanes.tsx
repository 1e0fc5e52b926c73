import type { Evidence } from '../evidence.ts'
import { CniLoadLane } from './cni-load-lane.tsx'
import { ConfLane } from './conf-lane.tsx'
import type { TimelineLayout } from './layout.ts'
import { PluginLane } from './plugin-lane.tsx'
import { PodLane } from './pod-lane.tsx'
import { ReadyLane } from './ready-lane.tsx'
import { RuntimeLane } from './runtime-lane.tsx'
import type { TimeScale } from './scale.ts'
import { StatusLane } from './status-lane.tsx'
import { StepsLane } from './steps-lane.tsx'

/** The lanes of a timeline, each in its place. */
export function Lanes({
  evidence: { ready: conditions, timeline },
  layout,
  scale,
}: {
  readonly evidence: Evidence
  readonly layout: TimelineLayout
  readonly scale: TimeScale
}) {
  const { height, ready, status, steps, confFiles, cniLoads, plugins, pods, runtime } = layout
  return (
    <>
      {status && <StatusLane timeline={timeline} strip={status} scale={scale} />}
      {steps && <StepsLane strip={steps} scale={scale} height={height} />}
      <ReadyLane ready={conditions} strip={ready} scale={scale} />
      {confFiles.map((strip) => (
        <ConfLane key={strip.name} strip={strip} scale={scale} />
      ))}
      {cniLoads && <CniLoadLane cniLoads={timeline.cniLoads} strip={cniLoads} scale={scale} />}
      {plugins.map((strip) => (
        <PluginLane key={strip.name} strip={strip} scale={scale} />
      ))}
      {pods.map((strip) => (
        <PodLane key={strip.name} strip={strip} scale={scale} />
      ))}
      {runtime && <RuntimeLane strip={runtime} scale={scale} />}
    </>
  )
}
