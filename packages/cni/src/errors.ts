import type { CniVerb } from './protocol.ts'

/** The stable codes of {@link CniError}; `docs/reference/errors.md` says what each one means. */
export type CniErrorCode =
  | 'FL_CNI_CONFIG_READ'
  | 'FL_CNI_CONFIG_INVALID'
  | 'FL_CNI_NETWORK_UNKNOWN'
  | 'FL_CNI_ARGUMENT'
  | 'FL_CNI_VERSION'
  | 'FL_CNI_PLUGIN_NOT_FOUND'
  | 'FL_CNI_PLUGIN_NOT_EXECUTABLE'
  | 'FL_CNI_PLUGIN_BUSY'
  | 'FL_CNI_PLUGIN_START'
  | 'FL_CNI_PLUGIN_ERROR'
  | 'FL_CNI_PLUGIN_EXIT'
  | 'FL_CNI_PLUGIN_SIGNAL'
  | 'FL_CNI_PLUGIN_NO_OUTPUT'
  | 'FL_CNI_PLUGIN_GARBAGE'
  | 'FL_CNI_PLUGIN_OUTPUT_TOO_LONG'
  | 'FL_CNI_PLUGIN_DEADLINE'
  | 'FL_CNI_ABORTED'
  | 'FL_CNI_CACHE'

/** Where in a configuration file an error stands. */
export interface ConfigPlace {
  /** The file, where the configuration came from one. */
  readonly file?: string
  /** From 1. */
  readonly line: number
  /** In UTF-16 code units, from 1. */
  readonly column: number
  /** The keys that lead there, e.g. `plugins[1].type`; absent where the JSON itself is broken. */
  readonly keyPath?: string
}

/** What a {@link CniError} happened to. */
export interface CniErrorSubject {
  /** The name of the network. */
  readonly network?: string
  /** The `type` of the plugin. */
  readonly plugin?: string
  /** What the plugin was run for. */
  readonly verb?: CniVerb
  /** Where in a configuration it is. */
  readonly place?: ConfigPlace
}

/** What is known of a failure beside its code and its sentence. */
export interface CniErrorOptions extends CniErrorSubject {
  /** What a person can do next. */
  readonly hint?: string
  /** The number of the spec's error object. */
  readonly cniCode?: number
  /** More than `msg`, as the plugin or the system tells it. Default: empty. */
  readonly details?: string
  /** The end of what the plugin wrote to stderr. Default: empty. */
  readonly stderr?: string
  /** What was thrown below. */
  readonly cause?: unknown
}

/** Makes the check work across copies of this package, where `instanceof` does not. */
const BRAND = Symbol.for('fairlead.cni.error')

/**
 * A failure with a name. Match on `code`, never on the text.
 *
 * `FL_CNI_PLUGIN_ERROR` is an error that the plugin reported itself: `cniCode`, `msg` and `details`
 * are the spec's own (CNI spec 1.1.0 section 5, "Error").
 */
export class CniError extends Error {
  override readonly name = 'CniError'
  /** Which failure it is; stable. */
  readonly code: CniErrorCode
  /** What happened, in one sentence, without what it happened to. */
  readonly msg: string
  /** More, as the plugin or the system tells it; empty where there is no more. */
  readonly details: string
  /** The number of the spec's error object, where the plugin gave one. */
  readonly cniCode: number | undefined
  /** The network that it happened to, where it was one. */
  readonly network: string | undefined
  /** The `type` of the plugin, where one is at fault. */
  readonly plugin: string | undefined
  /** What the plugin was run for. */
  readonly verb: CniVerb | undefined
  /** Where in a configuration it is, where it is in one. */
  readonly place: ConfigPlace | undefined
  /** The end of what the plugin wrote to stderr. */
  readonly stderr: string
  /** What a person can do next. */
  readonly hint: string | undefined

  constructor(code: CniErrorCode, msg: string, options: CniErrorOptions = {}) {
    super(messageOf(msg, options), options.cause === undefined ? {} : { cause: options.cause })
    Object.defineProperty(this, BRAND, { value: true })
    this.code = code
    this.msg = msg
    this.details = options.details ?? ''
    this.cniCode = options.cniCode
    this.network = options.network
    this.plugin = options.plugin
    this.verb = options.verb
    this.place = options.place
    this.stderr = options.stderr ?? ''
    this.hint = options.hint
  }
}

/** Whether `thrown` is a {@link CniError} of any copy of this package. */
export function isCniError(thrown: unknown): thrown is CniError {
  return thrown instanceof Error && BRAND in thrown
}

/** A value, or the error there is instead. Nothing in this package throws for an expected failure. */
export type CniOutcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: CniError }

/** The outcome of a success. */
export function success<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value }
}

/** The outcome of a failure. */
export function failure(
  code: CniErrorCode,
  msg: string,
  options: CniErrorOptions = {},
): { readonly ok: false; readonly error: CniError } {
  return { ok: false, error: new CniError(code, msg, options) }
}

/** The text of anything thrown. */
export function textOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}

/** The system's error code (`ENOENT`, ...) of anything thrown. */
export function systemCodeOf(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error) || !('code' in thrown)) return undefined
  return typeof thrown.code === 'string' ? thrown.code : undefined
}

function messageOf(msg: string, { details, ...subject }: CniErrorOptions): string {
  const text = details === undefined || details === '' ? msg : `${msg}; ${details}`
  const about = aboutOf(subject)
  return about === '' ? text : `${about}: ${text}`
}

function aboutOf({ network, plugin, verb, place }: CniErrorSubject): string {
  if (place !== undefined) {
    const at = `${place.line}:${place.column}`
    const where =
      place.file === undefined
        ? `line ${place.line}, column ${place.column}`
        : `${place.file}:${at}`
    return place.keyPath === undefined ? where : `${where}: ${place.keyPath}`
  }
  return [
    ...(plugin === undefined ? [] : [`plugin ${plugin}`]),
    ...(network === undefined ? [] : [`network ${network}`]),
    ...(verb === undefined ? [] : [verb]),
  ].join(', ')
}
