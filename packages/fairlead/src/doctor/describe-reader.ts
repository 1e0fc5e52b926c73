import type { Fact } from './fact.ts'
import type { FactReader, SourceFile } from './fact-reader.ts'
import { hasLandmark, type Landmarks } from './landmarks.ts'
import { leaseText } from './objects/lease-text.ts'
import { safeText } from '../safe-text.ts'
import { TextLines } from './text-lines.ts'
import { versionsIn } from './versions.ts'

const LINE_LIMIT = 64 * 1024
const STATUSES = ['True', 'False', 'Unknown'] as const

/** Whether a file begins as `kubectl describe` of a node or a pod does. */
export function isDescription(head: string): boolean {
  return /^Name: {2,}\S/m.test(head.slice(0, 512)) && /^(?:Roles|Namespace): {2,}/m.test(head)
}

/** Reads what `kubectl describe node` and `kubectl describe pod` print: conditions, versions, events. */
export class DescribeReader implements FactReader {
  readonly #file: SourceFile
  readonly #landmarks: Landmarks
  readonly #lines = new TextLines(LINE_LIMIT)
  #number = 0
  #section = ''
  /** Of what is described. */
  #name: string | undefined
  #node: string | undefined
  /** When kubelet last renewed the node's lease. */
  #renewedMs: number | undefined

  constructor(file: SourceFile, landmarks: Landmarks) {
    this.#file = file
    this.#landmarks = landmarks
    this.#node = file.node
  }

  push(bytes: Uint8Array): readonly Fact[] {
    return this.#lines.push(bytes).flatMap((line) => this.#line(line))
  }

  end(): readonly Fact[] {
    return this.#lines.end().flatMap((line) => this.#line(line))
  }

  #line(line: string): readonly Fact[] {
    this.#number++
    const heading = /^([A-Z][\w ()-]{0,60}):(?: {2,}(.{1,300}))?$/.exec(line)
    if (heading !== null) {
      const [, name = '', value = ''] = heading
      this.#section = name
      if (name === 'Name') [this.#name, this.#node] = [safeText(value), this.#file.node]
      // A node has roles; a pod has none, and the node it is on as `name/address`.
      if (name === 'Roles') this.#node = this.#name
      if (name === 'Node') this.#node = safeText(value.split('/')[0] ?? '')
      return []
    }
    switch (this.#section) {
      case 'Lease':
        this.#renewedMs = timeOf(/^ +RenewTime: +(.{1,60})$/.exec(line)?.[1]) ?? this.#renewedMs
        return []
      case 'Conditions':
        return this.#condition(line)
      case 'Events':
        return this.#event(line)
      default:
        return versionsIn(line.trim(), 'command-output').map((read) => ({
          kind: 'version',
          ...this.#observed(undefined),
          ...read,
        }))
    }
  }

  #observed(atMs: number | undefined) {
    const { path } = this.#file
    return { node: this.#node, atMs, place: { source: path, line: this.#number } }
  }

  #condition(line: string): readonly Fact[] {
    const [type = '', status, ...rest] = line.trim().split(/ {2,}/)
    const known = STATUSES.find((each) => each === status)
    if (known === undefined) return []
    // A node's conditions have two times before the reason; a time ends with its zone.
    const times = rest.filter((cell) => /^\w{3}, \d\d \w{3} \d{4} [\d:]{8} [+-]\d{4}$/.test(cell))
    const [reason = '', ...message] = rest.slice(times.length)
    const changedMs = timeOf(times.at(-1))
    const lease = type === 'Ready' && known !== 'True' ? this.#lease(changedMs) : []
    return [
      {
        kind: 'condition',
        ...this.#observed(changedMs),
        type: safeText(type),
        status: known,
        reason: safeText(reason),
        message: safeText(message.join('  ')),
      },
      ...lease,
    ]
  }

  #lease(sinceMs: number | undefined): readonly Fact[] {
    const text = leaseText(sinceMs, this.#renewedMs)
    if (text === undefined) return []
    return [{ kind: 'probe', probe: 'node-lease-fresh', text, ...this.#observed(this.#renewedMs) }]
  }

  #event(line: string): readonly Fact[] {
    const [type = '', reason = '', , , ...message] = line.trim().split(/ {2,}/)
    const text = `${reason}: ${message.join('  ')}`
    const tells = (type === 'Warning' || type === 'Normal') && hasLandmark(this.#landmarks, text)
    if (!tells) return []
    return [{ kind: 'line', from: 'event', text: safeText(text), ...this.#observed(undefined) }]
  }
}

function timeOf(text: string | undefined): number | undefined {
  const atMs = Date.parse(text ?? '')
  return Number.isNaN(atMs) ? undefined : atMs
}
