import type { CniErrorCode, CniVerb } from '@fairlead/cni'
import { CONF, type Request } from './operation.ts'

/**
 * Something that both sides do, each in a folder of its own with `conf/`, `bin/`, `cache/` and
 * `answers/`. Whatever a case does not say is different has to be the same.
 */
export interface Case {
  readonly title: string
  /** Why the sides differ on purpose. */
  readonly why?: string
  /** The folder's files at the start. */
  readonly files?: Files
  /** Executables that record what they are run with. Default: `bin/one`, `bin/two`, `bin/three`. */
  readonly plugins?: readonly string[]
  /** Those of the files that are executable. */
  readonly executable?: readonly string[]
  /** Default: `bin`. */
  readonly binDirs?: readonly string[]
  readonly steps: readonly Step[]
  /** What both sides come to, by the path in the {@link Observation}. */
  readonly both?: Readonly<Record<string, unknown>>
  /** What the sides come to where they differ. */
  readonly differs?: Readonly<Record<string, { readonly ours: unknown; readonly libcni: unknown }>>
  /** The words of every failure but those of the plugins, which are compared; by the request. */
  readonly fails?: Readonly<Record<number, Failure>>
  /** Texts that stand in the stdin of the first call of ours, and not in that of libcni. */
  readonly kept?: readonly string[]
}

export type Files = Readonly<Record<string, string | Uint8Array>>

/** One thing to do: a request, or a change of the files; `null` removes one, `-> x` makes a link. */
export type Step = Ask | { readonly change: Readonly<Record<string, string | Uint8Array | null>> }

type Ask = Request & {
  /** `other`: libcni where it is ours that is looked at, and the other way round. */
  readonly by?: 'other'
  /** This file is open for writing at first, for so long. */
  readonly busy?: { readonly file: string; readonly ms: number }
}

interface Failure {
  readonly ours?: CniErrorCode
  /** A part of the text. */
  readonly libcni?: string
}

/** What came of a case on one side; folders are written `<case>`. */
export interface Observation {
  readonly answers: readonly {
    readonly ok: boolean
    readonly value?: unknown
    /** The error that the plugin gave. */
    readonly plugin?: unknown
  }[]
  readonly calls: readonly Call[]
  /** The files below `cache/`, with their modes; entries taken apart. */
  readonly cache: Readonly<Record<string, unknown>>
}

export interface Call {
  readonly plugin: string
  readonly env: Readonly<Record<string, string>>
  readonly stdin: unknown
}

/** The text of a list, or of anything else. */
export function json(value: unknown): string {
  return JSON.stringify(value)
}

/** The text of a list that runs `types`. */
export function listOf(types: readonly string[], more: object = {}): string {
  return json({
    cniVersion: '1.1.0',
    name: 'net',
    plugins: types.map((type) => ({ type })),
    ...more,
  })
}

/** The files that make plugins answer; keys are e.g. `one.ADD`, for stdout, and `one.ADD.exit`. */
export function answers(texts: Readonly<Record<string, unknown>>): Files {
  return Object.fromEntries(
    Object.entries(texts).map(([key, value]) => [
      `answers/${key}`,
      typeof value === 'string' ? value : json(value),
    ]),
  )
}

/** The files that make a plugin fail. */
export function failing(call: string, stdout: unknown, exit = '1'): Files {
  return answers({ [call]: stdout, [`${call}.exit`]: exit })
}

/** A call of `plugin` with {@link CONF}, or for the verbs without an attachment with nothing. */
export function call(verb: CniVerb, plugin: string, stdin: object): Call {
  const isAttached = verb === 'ADD' || verb === 'CHECK' || verb === 'DEL'
  return {
    plugin,
    env: {
      CNI_COMMAND: verb,
      CNI_CONTAINERID: isAttached ? CONF.containerId : '',
      CNI_NETNS: isAttached ? CONF.netns : '',
      CNI_IFNAME: isAttached ? CONF.ifName : '',
      CNI_ARGS: '',
      CNI_PATH: '<case>/bin',
    },
    stdin: { cniVersion: '1.1.0', name: 'net', type: plugin, ...stdin },
  }
}

/** The cache's entry of an attachment made with {@link CONF}. */
export function cacheEntry(config: string, result: object): unknown {
  const { containerId, ifName, netns } = CONF
  const key = { kind: 'cniCacheV1', containerId, ifName, netns, networkName: 'net' }
  return { mode: '600', entry: { ...key, config: JSON.parse(config) as unknown, result } }
}

/** Where {@link cacheEntry} is. */
export const CACHED = 'cache results/net-box-1-eth0'

/** What `load` answers of a list of one plugin. */
export function loaded(name: string, type: string): unknown {
  return {
    name,
    cniVersion: '1.1.0',
    disableCheck: false,
    disableGC: false,
    loadOnlyInlinedPlugins: false,
    plugins: [{ type, ipamType: '', capabilities: [] }],
  }
}
