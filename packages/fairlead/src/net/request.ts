import { containerIdProblem, ifNameProblem } from '@fairlead/cni'
import { FairleadError, messageOf } from '../errors.ts'
import { netnsPath } from '../netns.ts'

/** Which attachments a command is about, and what their plugins get. */
export interface AttachmentRequest {
  readonly networks: readonly string[]
  /** Absolute; undefined where only the container's id is known. */
  readonly netns: string | undefined
  readonly containerId: string | undefined
  /** The interface that was asked for, for each of `networks`; undefined where none was. */
  readonly ifNames: readonly (string | undefined)[]
  readonly args: readonly (readonly [key: string, value: string])[]
  readonly capabilityArgs: Readonly<Record<string, unknown>>
}

/** The command line's part of an {@link AttachmentRequest}. */
export interface AttachmentFlags {
  readonly netns?: string
  readonly containerId?: string
  readonly ifname?: readonly string[]
  readonly args?: readonly string[]
  readonly capabilityArgs?: string
}

/**
 * Reads what is asked for from the flags and, where they say nothing, from the environment as
 * cnitool does: `CNI_IFNAME` (of the first network), `CNI_ARGS`, `CAP_ARGS`.
 *
 * @throws {FairleadError} FL_USAGE.
 */
export function attachmentRequest(
  networks: readonly string[],
  flags: AttachmentFlags,
  env: NodeJS.ProcessEnv,
): AttachmentRequest {
  const { netns, containerId, ifname = [] } = flags
  if (ifname.length > networks.length) {
    const [names, of] = [ifname.join(', '), networks.length]
    throw usage(`there are more interface names (${names}) than networks (${of})`)
  }
  const ifNames = networks.map(
    (_, index) => ifname[index] ?? (index === 0 ? env['CNI_IFNAME'] || undefined : undefined),
  )
  refuse(ifNames.map((name) => (name === undefined ? undefined : ifNameProblem(name))))
  refuse([containerId === undefined ? undefined : containerIdProblem(containerId)])
  if (netns === '') throw usage('--netns is empty')
  return {
    networks,
    netns: netns === undefined ? undefined : netnsPath(netns),
    containerId,
    ifNames,
    args: pairsOf(flags.args, env['CNI_ARGS']),
    capabilityArgs: jsonObject(flags.capabilityArgs, env['CAP_ARGS']),
  }
}

/** The interface of the nth network where none is named, as Multus has it. */
export function defaultIfName(index: number): string {
  return index === 0 ? 'eth0' : `net${index}`
}

function pairsOf(flag: readonly string[] | undefined, variable: string | undefined) {
  const [pairs, where] =
    flag === undefined
      ? [(variable ?? '').split(';').filter((pair) => pair !== ''), 'CNI_ARGS']
      : [flag, '--args']
  return pairs.map((pair) => {
    const end = pair.indexOf('=')
    if (end < 1 || pair.includes(';')) {
      throw usage(`${where}: expected KEY=VALUE without ";", not ${JSON.stringify(pair)}`)
    }
    return [pair.slice(0, end), pair.slice(end + 1)] as const
  })
}

function jsonObject(
  flag: string | undefined,
  variable: string | undefined,
): Readonly<Record<string, unknown>> {
  const [text, where] = flag === undefined ? [variable, 'CAP_ARGS'] : [flag, '--capability-args']
  if (text === undefined || text === '') return {}
  const value = jsonOf(text, where)
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  throw usage(`${where}: expected a JSON object such as {"portMappings": []}, not ${text}`)
}

function jsonOf(text: string, where: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw usage(`${where}: ${messageOf(error)}`)
  }
}

function refuse(problems: readonly (string | undefined)[]): void {
  const problem = problems.find((one) => one !== undefined)
  if (problem !== undefined) throw usage(problem)
}

function usage(message: string): FairleadError {
  return new FairleadError('FL_USAGE', message)
}
