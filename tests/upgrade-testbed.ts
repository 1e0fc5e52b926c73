import { census, Cluster, type NodeView } from '../packages/fairlead/src/upgrade/cluster.ts'
import { decide, type Decision } from '../packages/fairlead/src/upgrade/decide.ts'
import type { Progress } from '../packages/fairlead/src/upgrade/node-step.ts'
import { entered } from '../packages/fairlead/src/upgrade/note.ts'
import { specSchema, type UpgradeSpecInput } from '../packages/fairlead/src/upgrade/spec.ts'
import type { UpgradeStatus } from '../packages/fairlead/src/upgrade/status.ts'
import { Stopwatch } from '../packages/fairlead/src/upgrade/stopwatch.ts'

type SpecInput = Partial<UpgradeSpecInput>

/** A small cluster for tests, whose time and nodes the test moves by hand. */
export class Testbed {
  readonly cluster: Cluster
  status: UpgradeStatus | undefined
  nowMs = 0
  spec: SpecInput
  /** What keeps a drained node from being empty. */
  pods: string | undefined
  /** What gates say. */
  gates: { readonly hold?: string; readonly preflight?: string } = {}
  readonly failing = new Map<string, string>()
  watch = new Stopwatch(() => this.nowMs)

  constructor(count: number, spec: SpecInput = {}, more: Partial<NodeView> = {}) {
    this.spec = { target: { version: '2' }, maxUnavailable: count, bake: '0s', ...spec }
    const nodes = Array.from({ length: count }, (_, index) => node(`n${index}`, more))
    this.cluster = new Cluster('u', '2', census(nodes))
  }

  /** One look of a controller, and what it decides, done; a node is there at once. */
  look(): Decision {
    const decision = decide(
      { uid: 'u', name: 'up', spec: specSchema.parse(this.spec), status: this.status },
      this.cluster,
      {
        watch: this.watch,
        wallMs: this.nowMs,
        drainLeft: () => this.pods,
        progress: (node, version) => this.#progress(node, version),
        ...this.gates,
      },
    )
    for (const one of decision.nodes) {
      const { node, step } = one
      if (step.do === 'move') this.change(node.name, { version: step.version })
      if (step.do !== 'enter') continue
      this.change(node.name, entered(one, step, this.cluster, this.nowMs))
    }
    this.status = decision.status
    return decision
  }

  /** Looks every second for so long. */
  run(seconds: number): void {
    for (let second = 0; second < seconds; second++) {
      this.look()
      this.nowMs += 1000
    }
  }

  change(name: string, change: Partial<NodeView>): void {
    const node = this.cluster.get(name)
    if (node !== undefined) this.cluster.set({ ...node, ...change })
  }

  breaks(name: string): void {
    this.change(name, { ready: false, readyMark: this.nowMs })
  }

  /** The names of the nodes in flight. */
  get inFlight(): string[] {
    return (this.status?.inFlight ?? []).map(({ node }) => node)
  }

  /** The nodes in each phase. */
  get phases(): Record<string, string[]> {
    const phases: Record<string, string[]> = {}
    for (const { name, note } of this.cluster.all()) {
      if (note !== undefined) (phases[note.phase] ??= []).push(name)
    }
    return phases
  }

  #progress({ name, version }: NodeView, wanted: string): Progress {
    const reason = wanted === '1' ? undefined : this.failing.get(name)
    if (reason !== undefined) return { at: 'failed', reason }
    return version === wanted ? { at: 'there' } : { at: 'on-the-way', why: 'moves' }
  }
}

function node(name: string, more: Partial<NodeView>): NodeView {
  return {
    name,
    uid: name,
    ready: true,
    readyMark: 0,
    cordoned: false,
    version: '1',
    zone: '',
    canary: true,
    note: undefined,
    ...more,
  }
}
