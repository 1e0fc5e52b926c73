import type { Inventory } from '../advisories/exposure.ts'
import { FairleadError } from '../errors.ts'
import { clusterAsked, type ClusterFlags } from './cluster-flags.ts'
import type { CliContext } from './context.ts'

/** What is checked. */
interface Asked {
  /** Which nodes it is of, where there are several combinations. */
  readonly heading: string
  readonly versions: Inventory
}

const NODES_NAMED = 3

/**
 * What is given, or the combinations of a cluster, with what is given in place of what the cluster says.
 *
 * @throws {FairleadError} FL_CLUSTER where it does not answer or tells nothing, FL_USAGE where its nodes differ
 * and the output is of one combination.
 */
export async function combinationsAsked(
  given: Inventory,
  flags: ClusterFlags & { readonly output: string },
  context: CliContext,
): Promise<readonly Asked[]> {
  using cluster = await clusterAsked(flags, context)
  if (cluster === undefined) return [{ heading: '', versions: given }]
  const [{ clusterVersions }, { combinationsOf }] = await Promise.all([
    import('../doctor/cluster/cluster-source.ts'),
    import('../doctor/cluster/combinations.ts'),
  ])
  const { facts, problems } = await clusterVersions(cluster, context.signal)
  for (const { source, what } of problems) {
    context.process.stderr.write(`${source}: ${what}; what they tell is left out\n`)
  }
  const found = combinationsOf(facts)
  if (found.length === 0) {
    throw new FairleadError('FL_CLUSTER', `${cluster.server} tells no version.`, {
      hint: 'It takes the right to list nodes and pods.',
    })
  }
  const named = ({ nodes }: (typeof found)[number]) => {
    const more = nodes.length - NODES_NAMED
    return `${nodes.slice(0, NODES_NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
  }
  const isText = flags.output === 'table' || flags.output === 'markdown'
  if (found.length > 1 && !isText) {
    const those = found.map((one) => named(one)).join('; ')
    throw new FairleadError('FL_USAGE', `The nodes differ in what they run: ${those}.`, {
      hint: `Choose one by --node, or leave out -o ${flags.output}, which is of one combination.`,
    })
  }
  return found.map((one) => ({
    heading: found.length === 1 ? '' : `\n# ${named(one)}\n\n`,
    versions: new Map([...one.versions, ...given]),
  }))
}
