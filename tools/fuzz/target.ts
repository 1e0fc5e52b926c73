import { parse as parseToml, stringify as stringifyToml } from 'smol-toml'
import { parse as parseYaml, stringify as stringifyYaml } from 'yaml'
import { FairleadError, type ErrorCode } from '../../packages/fairlead/src/errors.ts'

/** Something that reads what others wrote, and how it is fed. */
export interface FuzzTarget {
  /** E.g. `kubeconfig`. */
  readonly name: string
  /** What it reads, and who may have written it: a row of the manual. */
  readonly reads: string
  /** The sources whose readers are fed, by their paths in the repository. */
  readonly covers: readonly string[]
  /** What is valid, to be broken. */
  readonly samples: readonly Sample[]
  /** Reads an input; whether it was accepted. Throws where something is wrong with the reader. */
  readonly feed: (input: Buffer) => boolean | Promise<boolean>
  /** How much dearer an input is than one of the others: so many fewer are fed. */
  readonly cost?: number
}

/** A valid input; one with a structure is broken as such, too. */
export interface Sample {
  readonly bytes: Buffer
  readonly structure?: {
    readonly value: unknown
    readonly write: (value: unknown) => string
  }
}

/** A sample without a structure that anything here knows. */
export function text(bytes: string | Uint8Array): Sample {
  return { bytes: Buffer.from(bytes) }
}

/** A value as JSON. */
export function json(value: unknown): Sample {
  return {
    bytes: Buffer.from(JSON.stringify(value, null, 2)),
    structure: { value, write: (changed) => JSON.stringify(changed) },
  }
}

/** A file in YAML. */
export function yaml(source: string): Sample {
  const value: unknown = parseYaml(source)
  return { bytes: Buffer.from(source), structure: { value, write: stringifyYaml } }
}

/** A file in TOML. */
export function toml(source: string): Sample {
  const value: unknown = parseToml(source)
  return { bytes: Buffer.from(source), structure: { value, write: stringifyToml } }
}

/** What broken behaviour is told by. */
export function demand(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(what)
}

/** What `read` returns, or undefined where it refuses by one of the codes that it documents. */
export async function unlessRefused<T>(
  codes: readonly ErrorCode[],
  read: () => T | Promise<T>,
): Promise<T | undefined> {
  try {
    return await read()
  } catch (error) {
    if (!(error instanceof FairleadError) || !codes.includes(error.code)) throw error
    demand(error.message !== '', 'an error without a text')
    return undefined
  }
}
