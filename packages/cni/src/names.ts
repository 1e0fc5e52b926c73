import { type CniOutcome, failure, success } from './errors.ts'
import type { RuntimeConf } from './runtime-conf.ts'

// libcni v1.3 pkg/utils/utils.go, after the CNI spec's "alphanumeric, then alphanumeric, _ . -".
const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/
const IF_NAME_BYTES_MAX = 15
// Go's unicode.IsSpace, which libcni asks.
const IF_NAME_REFUSED =
  /[/:\t\n\v\f\r \u0085\u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000]/

/** Why `name` cannot name a network; undefined if it can. */
export function networkNameProblem(name: string): string | undefined {
  return nameProblem('a network name', name)
}

/** Why `containerId` cannot identify a container; undefined if it can. */
export function containerIdProblem(containerId: string): string | undefined {
  return nameProblem('a container id', containerId)
}

/** Why `ifName` cannot name an interface; undefined if it can (Linux dev_valid_name). */
export function ifNameProblem(ifName: string): string | undefined {
  if (ifName === '') return 'an interface name is not empty'
  if (Buffer.byteLength(ifName) > IF_NAME_BYTES_MAX) {
    return `an interface name has at most ${IF_NAME_BYTES_MAX} bytes, not ${Buffer.byteLength(ifName)}`
  }
  if (ifName === '.' || ifName === '..') return `"${ifName}" is no interface name`
  if (IF_NAME_REFUSED.test(ifName)) return 'an interface name has no "/", ":" or white space'
  if (ifName.includes('\0')) return 'an interface name has no NUL'
  return undefined
}

/**
 * Checks what a verb is to be run with. libcni checks the names for ADD only; here every verb that
 * takes them does, since a cache file is named after them.
 */
export function checkRuntimeConf(conf: RuntimeConf): CniOutcome<void> {
  const problem =
    containerIdProblem(conf.containerId) ??
    ifNameProblem(conf.ifName) ??
    (conf.netns.includes('\0') ? 'a netns path has no NUL' : undefined)
  return problem === undefined ? success(undefined) : failure('FL_CNI_ARGUMENT', problem)
}

/**
 * Checks what a container is added with. What it was added with by somebody else is taken as it is: it
 * has to be deleted all the same.
 */
export function checkArgs(args: NonNullable<RuntimeConf['args']>): CniOutcome<void> {
  const problem = argsProblem(args)
  return problem === undefined ? success(undefined) : failure('FL_CNI_ARGUMENT', problem)
}

// CNI_ARGS is one string, "K=V;K2=V2": a ";" in a value would smuggle in another argument.
function argsProblem(args: readonly (readonly [string, string])[]): string | undefined {
  const wrong = args.find(([key, value]) => key === '' || /[=;\0]/.test(key) || /[;\0]/.test(value))
  if (wrong === undefined) return undefined
  return `CNI_ARGS cannot carry ${JSON.stringify(wrong.join('='))}: a key has no "=", and neither has a ";"`
}

function nameProblem(what: string, name: string): string | undefined {
  if (name === '') return `${what} is not empty`
  if (NAME.test(name)) return undefined
  return `${what} begins with a letter or digit and has only letters, digits, "_", "." and "-", unlike ${JSON.stringify(name)}`
}
