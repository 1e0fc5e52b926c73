import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import path from 'node:path'
import { promisify } from 'node:util'
import { type Liveness, systemNodeState } from '@fairlead/networks'
import { FairleadError, messageOf, systemCodeOf } from './errors.ts'

/** Where `ip netns` keeps named network namespaces. */
const NETNS_DIR = '/run/netns'
const TOOL_TIMEOUT_MS = 10_000

/** The absolute path of a network namespace: a name without a slash is one of `ip netns`. */
export function netnsPath(nameOrPath: string): string {
  return nameOrPath.includes('/') ? path.resolve(nameOrPath) : path.join(NETNS_DIR, nameOrPath)
}

/** The name that `ip netns` knows a path by; undefined where it is none of its own. */
export function netnsName(netns: string): string | undefined {
  const { dir, base } = path.parse(oneSpelling(netns))
  return dir === NETNS_DIR ? base : undefined
}

/** Whether both are the same path; /var/run is a link to /run, and both spellings are in use. */
export function isSameNetns(left: string, right: string): boolean {
  return oneSpelling(left) === oneSpelling(right)
}

function oneSpelling(netns: string): string {
  return netns.replace(/^\/var\/run\//, '/run/')
}

/** cnitool's container id of a namespace, so that each can delete what the other added. */
export function containerIdOf(netns: string): string {
  return `cnitool-${createHash('sha512').update(netns).digest('hex').slice(0, 20)}`
}

/** `unknown` where that cannot be told. */
export type NetnsState = Liveness

/** Whether there is a namespace at a path. */
export const netnsState: (netns: string) => Promise<NetnsState> = systemNodeState.netnsState

/**
 * The names of the interfaces in a namespace. None where they cannot be seen, as without root: then
 * no plugin can touch them either.
 */
export async function interfacesIn(
  netns: string,
  env: NodeJS.ProcessEnv,
): Promise<readonly string[]> {
  try {
    const { stdout } = await runTool('nsenter', [`--net=${netns}`, 'cat', '/proc/net/dev'], env)
    return [...stdout.matchAll(/^ *([^ :]+):/gm)].map(([, name = '']) => name)
  } catch {
    return []
  }
}

/**
 * Makes a network namespace as `ip netns add` does, with its loopback up.
 *
 * @throws {FairleadError} FL_NOT_ROOT, FL_TOOL_MISSING, FL_NETNS or FL_NETNS_TOOL.
 */
export async function createNetns(name: string, env: NodeJS.ProcessEnv): Promise<void> {
  await ip(['netns', 'add', name], env)
  try {
    await ip(['-n', name, 'link', 'set', 'lo', 'up'], env)
  } catch (error) {
    await deleteNetns(name, env)
    throw error
  }
}

/** Deletes a network namespace that has a name. Throws as {@link createNetns}. */
export async function deleteNetns(name: string, env: NodeJS.ProcessEnv): Promise<void> {
  await ip(['netns', 'del', name], env)
}

async function ip(args: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  try {
    await runTool('ip', args, env)
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') {
      throw new FairleadError('FL_TOOL_MISSING', 'The program ip is not in PATH.', {
        hint: 'It comes with iproute2; install that package.',
        cause: error,
      })
    }
    const message = `ip ${args.join(' ')}: ${complaintOf(error)}`
    if (process.geteuid?.() === 0)
      throw new FairleadError('FL_NETNS_TOOL', message, { cause: error })
    throw new FairleadError('FL_NOT_ROOT', message, {
      hint: 'To make and delete network namespaces takes root.',
      cause: error,
    })
  }
}

function runTool(program: string, args: readonly string[], env: NodeJS.ProcessEnv) {
  return promisify(execFile)(program, args, { env, timeout: TOOL_TIMEOUT_MS })
}

function complaintOf(error: unknown): string {
  const stderr = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : ''
  return stderr === '' ? messageOf(error) : stderr
}
