import {
  compareVersions,
  CURRENT_VERSION,
  describeNode,
  type JsonNode,
  type JsonObjectNode,
  JsonSyntaxError,
  memberOf,
  parseJson,
  positionOf,
} from '@fairlead/cni'

/** The libcni that a runtime is built with, as far as they read files differently. */
export type Libcni = '1.1' | '1.2' | '1.3'

/** A place in a file, both from 1. */
export interface TextPlace {
  readonly line: number
  readonly column: number
}

/** One plugin of a configuration. */
export interface ConfPlugin {
  readonly type: string
  readonly at: TextPlace
  /** The value as JSON has it. */
  readonly value: Readonly<Record<string, unknown>>
  /** The file of the folder beside the list that it comes from (libcni 1.3). */
  readonly from?: string
}

/** A configuration as libcni has it in memory. */
export interface Conf {
  readonly name: string
  /** Of `cniVersion` and `cniVersions` what libcni takes; empty where there is none, which is 0.1.0. */
  readonly cniVersion: string
  readonly versionAt: TextPlace
  readonly plugins: readonly ConfPlugin[]
  /** Whether the plugins of the folder that is named after the network are added. */
  readonly takesFolder: boolean
}

/** A configuration, or why libcni refuses the text. */
export type ConfReading =
  | { readonly ok: true; readonly conf: Conf }
  | ({ readonly ok: false; readonly isEmpty: boolean; readonly why: string } & TextPlace)

/**
 * Reads the bytes of a configuration file as libcni does: lists by `ConfListFromFile`, anything else by
 * `ConfFromFile` and `ConfListFromConf` (LC@v1.1.1, v1.2.3, v1.3.0:libcni/conf.go). Our own reader asks
 * for more, e.g. for a name that can be one; here it is what the runtime does that counts. Never throws.
 */
export function readConf(fileName: string, bytes: Uint8Array, libcni: Libcni): ConfReading {
  // Go's encoding/json replaces what is no UTF-8 and goes on; a byte order mark it refuses.
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
  const isEmpty = text.trim() === ''
  try {
    const reader = new LibcniReader(text, libcni)
    return { ok: true, conf: fileName.endsWith('.conflist') ? reader.list() : reader.single() }
  } catch (error) {
    if (error instanceof JsonSyntaxError) {
      const why = isEmpty ? 'the file is empty' : `not JSON: ${error.message}`
      return { ok: false, isEmpty, why, ...positionOf(text, error.offset) }
    }
    if (!(error instanceof Refusal)) throw error
    return { ok: false, isEmpty, why: error.message, ...positionOf(text, error.offset) }
  }
}

class Refusal extends Error {
  readonly offset: number

  constructor(message: string, offset: number) {
    super(message)
    this.offset = offset
  }
}

class LibcniReader {
  readonly #text: string
  readonly #libcni: Libcni
  readonly #root: JsonNode

  constructor(text: string, libcni: Libcni) {
    this.#text = text
    this.#libcni = libcni
    this.#root = parseJson(text)
    this.#numbersFit(this.#root)
  }

  /** `ConfListFromBytes`: a map, so keys count in their own case only. */
  list(): Conf {
    const root = this.#root
    if (root.kind !== 'object') return this.#expected('an object', root)
    const name = this.#string(root, 'name')
    if (name === undefined) throw new Refusal('it has no `name`', root.start)
    const cniVersion = this.#version(root)
    this.#flag(root, 'disableCheck')
    if (this.#libcni !== '1.1') this.#flag(root, 'disableGC')
    const onlyInlined = this.#libcni === '1.3' && this.#flag(root, 'loadOnlyInlinedPlugins')
    const takesFolder = this.#libcni === '1.3' && !onlyInlined
    const plugins = memberOf(root, 'plugins')?.value
    if (plugins === undefined && !takesFolder) throw new Refusal('it has no `plugins`', root.start)
    if (plugins !== undefined && plugins.kind !== 'array') {
      return this.#expected('a list of `plugins`', plugins)
    }
    if (plugins?.elements.length === 0) throw new Refusal('`plugins` is empty', plugins.start)
    return {
      name,
      cniVersion,
      versionAt: this.#at(memberOf(root, 'cniVersion')?.value ?? root),
      plugins: (plugins?.elements ?? []).map((node) => this.#plugin(node).plugin),
      takesFolder,
    }
  }

  /** A single plugin, made a list of one; it may even be without a name. */
  single(): Conf {
    const { plugin, name, cniVersion } = this.#plugin(this.#root)
    const version = this.#root.kind === 'object' ? this.#field(this.#root, 'cniVersion') : undefined
    return {
      name,
      cniVersion,
      versionAt: this.#at(version ?? this.#root),
      plugins: [plugin],
      takesFolder: false,
    }
  }

  /** Into the struct `types.NetConf`: keys count in any case, and null is as good as absent. */
  #plugin(node: JsonNode): { plugin: ConfPlugin; name: string; cniVersion: string } {
    if (node.kind !== 'object' && node.kind !== 'null') return this.#expected('an object', node)
    const object = node.kind === 'object' ? node : { ...node, kind: 'object' as const, members: [] }
    const cniVersion = this.#fieldText(object, 'cniVersion')
    const name = this.#fieldText(object, 'name')
    const type = this.#fieldText(object, 'type')
    for (const { value } of this.#fieldObject(object, 'capabilities')?.members ?? []) {
      if (value.kind !== 'boolean' && value.kind !== 'null') this.#expected('true or false', value)
    }
    const ipam = this.#fieldObject(object, 'ipam')
    if (ipam !== undefined) this.#fieldText(ipam, 'type')
    const dns = this.#fieldObject(object, 'dns')
    if (dns !== undefined) {
      this.#fieldText(dns, 'domain')
      for (const key of ['nameservers', 'search', 'options']) this.#fieldTexts(dns, key)
    }
    this.#fieldObject(object, 'prevResult')
    if (this.#libcni !== '1.1') this.#validAttachments(object)
    if (type === '') {
      const isList = memberOf(object, 'plugins') !== undefined
      const hint = isList ? '; a list of plugins belongs into a .conflist file' : ''
      throw new Refusal(`it has no \`type\`${hint}`, node.start)
    }
    const value: unknown = JSON.parse(this.#text.slice(node.start, node.end))
    return { plugin: { type, at: this.#at(node), value: asObject(value) }, name, cniVersion }
  }

  #version(root: JsonObjectNode): string {
    const own = this.#string(root, 'cniVersion') ?? ''
    const versions = memberOf(root, 'cniVersions')?.value
    if (versions === undefined || this.#libcni === '1.1') return own
    if (versions.kind !== 'array') return this.#expected('a list of `cniVersions`', versions)
    const candidates = versions.elements.map((node) => {
      const text = node.kind === 'string' ? node.value : this.#expected('a version', node)
      if (compareVersions(text, text) !== undefined) return text
      throw new Refusal(`${JSON.stringify(text)} in \`cniVersions\` is no version`, node.start)
    })
    if (own !== '' && compareVersions(own, own) === undefined) {
      throw new Refusal('`cniVersion` beside `cniVersions` is no version', root.start)
    }
    const usable = [...candidates, ...(own === '' ? [] : [own])]
      .filter((version) => (compareVersions(version, CURRENT_VERSION) ?? 1) <= 0)
      .sort((left, right) => compareVersions(left, right) ?? 0)
    return usable.at(-1) ?? own
  }

  #string(root: JsonObjectNode, key: string): string | undefined {
    const node = memberOf(root, key)?.value
    if (node === undefined) return undefined
    return node.kind === 'string' ? node.value : this.#expected(`a string as \`${key}\``, node)
  }

  /** A boolean; from libcni 1.2 on its name in a string, too. */
  #flag(root: JsonObjectNode, key: string): boolean {
    const node = memberOf(root, key)?.value
    if (node === undefined) return false
    if (node.kind === 'boolean') return node.value
    const word = node.kind === 'string' ? node.value.toLowerCase() : ''
    if (this.#libcni !== '1.1' && (word === 'true' || word === 'false')) return word === 'true'
    return this.#expected(`true or false as \`${key}\``, node)
  }

  #field(object: JsonObjectNode, key: string): JsonNode | undefined {
    const isMeant = (name: string) => name.toLowerCase() === key.toLowerCase()
    const members = object.members.filter(
      ({ key: name, value }) => isMeant(name) && value.kind !== 'null',
    )
    return (members.findLast(({ key: name }) => name === key) ?? members.at(-1))?.value
  }

  #fieldText(object: JsonObjectNode, key: string): string {
    const node = this.#field(object, key)
    if (node === undefined) return ''
    return node.kind === 'string' ? node.value : this.#expected(`a string as \`${key}\``, node)
  }

  #fieldTexts(object: JsonObjectNode, key: string): void {
    const node = this.#field(object, key)
    if (node === undefined) return
    if (node.kind !== 'array') return this.#expected(`a list as \`${key}\``, node)
    for (const element of node.elements) {
      if (element.kind !== 'string' && element.kind !== 'null') this.#expected('a string', element)
    }
  }

  /** What a runtime adds for GC; a file has no use for it, but it is decoded all the same. */
  #validAttachments(object: JsonObjectNode): void {
    const node = this.#field(object, 'cni.dev/valid-attachments')
    if (node === undefined) return
    if (node.kind !== 'array') return this.#expected('a list of attachments', node)
    for (const element of node.elements) {
      if (element.kind === 'null') continue
      if (element.kind !== 'object') return this.#expected('an attachment', element)
      this.#fieldText(element, 'containerID')
      this.#fieldText(element, 'ifname')
    }
  }

  #fieldObject(object: JsonObjectNode, key: string): JsonObjectNode | undefined {
    const node = this.#field(object, key)
    if (node === undefined || node.kind === 'object') return node
    return this.#expected(`an object as \`${key}\``, node)
  }

  /** Go has numbers as float64, and fails on one that is none. */
  #numbersFit(node: JsonNode): void {
    if (node.kind === 'object') for (const { value } of node.members) this.#numbersFit(value)
    if (node.kind === 'array') for (const element of node.elements) this.#numbersFit(element)
    if (node.kind !== 'number') return
    if (Number.isFinite(Number(this.#text.slice(node.start, node.end)))) return
    throw new Refusal('the number is too large', node.start)
  }

  #at(node: JsonNode): TextPlace {
    return positionOf(this.#text, node.start)
  }

  #expected(what: string, found: JsonNode): never {
    throw new Refusal(`expected ${what}, found ${describeNode(found)}`, found.start)
  }
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
}
