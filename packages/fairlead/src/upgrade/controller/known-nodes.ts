import type { KubeObject } from '../../kube/api.ts'
import { census, Cluster, type NodeView } from '../cluster.ts'
import type { Upgrade } from '../decide.ts'
import type { Executor } from '../executors/executor.ts'
import { matches, trimmedNode, viewOf } from './node-object.ts'

/** The nodes as this process knows them, by watches and by what was written, and as the upgrade sees them. */
export class KnownNodes {
  readonly #known = new Map<string, KubeObject>()
  #cluster = new Cluster('', '')
  #look: (node: KubeObject) => NodeView | undefined = () => undefined

  get cluster(): Cluster {
    return this.#cluster
  }

  get(name: string): KubeObject | undefined {
    return this.#known.get(name)
  }

  /** Sees them for an upgrade, or for one that has changed; `nodes` are those of a reflector. */
  see(
    { uid, spec }: Upgrade,
    executor: Pick<Executor, 'versionOf'>,
    nodes: ReadonlyMap<string, KubeObject>,
  ): void {
    this.#look = (node) =>
      matches(node.metadata.labels ?? {}, spec.nodeSelector)
        ? viewOf(node, spec, executor.versionOf(node))
        : undefined
    for (const [name, node] of nodes) {
      const known = this.#known.get(name)
      const isNewer = known === undefined || revisionOf(node) > revisionOf(known)
      if (isNewer) this.#known.set(name, node)
    }
    const views = [...this.#known.values()].flatMap((node) => this.#look(node) ?? [])
    this.#cluster = new Cluster(uid, spec.target.version, census(views))
  }

  /** A watch tells of it, maybe late. */
  changed(node: KubeObject): void {
    const known = this.#known.get(node.metadata.name)
    if (known !== undefined && revisionOf(known) > revisionOf(node)) return
    this.learn(node)
  }

  removed(name: string): void {
    this.#known.delete(name)
    this.#cluster.delete(name)
  }

  /** The API itself has told of it. */
  learn(object: KubeObject): void {
    const node = trimmedNode(object)
    const { name } = node.metadata
    this.#known.set(name, node)
    const view = this.#look(node)
    if (view === undefined) this.#cluster.delete(name)
    else this.#cluster.set(view)
  }
}

/** etcd's revisions, which only grow; 0 for what is no number, which is then always taken. */
function revisionOf({ metadata }: KubeObject): number {
  const revision = Number(metadata.resourceVersion)
  return Number.isSafeInteger(revision) ? revision : 0
}
