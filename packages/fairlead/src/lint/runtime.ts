import { FairleadError } from '../errors.ts'

/** The three numbers that a runtime's behaviour depends on. */
export interface RuntimeVersion {
  readonly major: number
  readonly minor: number
  readonly patch: number
  /** As it was named, e.g. `1.6.20~ds1-1+deb12u1`. */
  readonly text: string
}

/** The runtime that is predicted. */
export type PredictedRuntime =
  | { readonly kind: 'containerd'; readonly name: string; readonly version: RuntimeVersion }
  | { readonly kind: 'crio'; readonly name: string; readonly version: RuntimeVersion }
  | { readonly kind: 'fairlead'; readonly name: string }

/** The newest containerd whose source the rules were read in: what is predicted when none is named. */
export const DEFAULT_RUNTIME = 'containerd@2.3.4'

const PATTERN =
  /^(containerd|cri-?o)@v?((\d{1,4})\.(\d{1,4})\.(\d{1,4})(?:[-+~][0-9A-Za-z.+~_-]*)?)$/

/**
 * Reads a `--runtime`: `containerd@1.7.34`, `crio@1.32.1` or `fairlead`. A distribution's build
 * (`containerd@1.6.20~ds1-1+deb12u1`) behaves as the version that it begins with.
 *
 * @throws {FairleadError} FL_RUNTIME_NAME for anything else, and for a version that no rule is known of.
 */
export function parsePredictedRuntime(name: string): PredictedRuntime {
  if (name === 'fairlead') return { kind: 'fairlead', name }
  const [, kind, text = '', ...numbers] = PATTERN.exec(name) ?? []
  if (kind === undefined) {
    throw new FairleadError('FL_RUNTIME_NAME', `"${name}" names no runtime with a version.`, {
      hint: 'Write containerd@1.7.34, crio@1.32.1 or fairlead. `containerd --version` prints the version.',
    })
  }
  const [major = 0, minor = 0, patch = 0] = numbers.map(Number)
  const version = { major, minor, patch, text }
  if (kind === 'containerd') return known({ kind, name, version }, isAtLeast(version, 1, 6))
  return known({ kind: 'crio', name, version }, isAtLeast(version, 1, 24))
}

/**
 * Where a runtime looks for plugins when its config does not say. Debian's containerd has other folders, and
 * is known by its package's version only: its 2.1 prints `2.1.9+unknown` (seen in 1.7.24~ds1, 2.1.9+ds1).
 */
export function defaultBinDirs(runtime: PredictedRuntime): readonly string[] {
  if (runtime.kind !== 'containerd' || !/[~+]ds\d/.test(runtime.version.text))
    return ['/opt/cni/bin']
  if (isAtLeast(runtime.version, 2, 1)) return ['/usr/lib/cni', '/opt/cni/bin']
  return isAtLeast(runtime.version, 1, 7) ? ['/usr/lib/cni'] : ['/opt/cni/bin']
}

/** Whether a version is that one or newer. A pre-release counts as what it will be. */
export function isAtLeast(
  version: RuntimeVersion,
  major: number,
  minor: number,
  patch = 0,
): boolean {
  const order = version.major - major || version.minor - minor || version.patch - patch
  return order >= 0
}

function known(runtime: PredictedRuntime, isKnown: boolean): PredictedRuntime {
  if (isKnown) return runtime
  throw new FairleadError('FL_RUNTIME_NAME', `${runtime.name} is too old to be predicted.`, {
    hint: 'The rules reach back to containerd 1.6.0 and CRI-O 1.24.0.',
  })
}
