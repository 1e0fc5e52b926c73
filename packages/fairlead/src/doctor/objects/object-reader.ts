import { REQUESTED } from '../../kube/missing-networks.ts'
import type { Fact } from '../fact.ts'
import type { FactReader, SourceFile } from '../fact-reader.ts'
import { hasLandmark, type Landmarks } from '../landmarks.ts'
import { TextLines } from '../text-lines.ts'
import { parseYaml } from '../../yaml.ts'
import { JsonObjects } from './json-objects.ts'
import { objectFacts } from './object-facts.ts'

/** A longer object is skipped; a Node with hundreds of images has 100 KB. */
const OBJECT_LIMIT = 1024 * 1024
const LINE_LIMIT = 256 * 1024

/** Whether a file begins as `kubectl get -o yaml` does, or as a manifest. */
export function isYamlObjects(head: string): boolean {
  return /^(?:(?:- )?apiVersion: \S|items:\s*$)/m.test(head) && !/^\s*[{[]/.test(head)
}

/** Whether a file begins as `kubectl get -o json` does. An audit log does, too, and is one of lines. */
export function isJsonObjects(head: string): boolean {
  return /^\s*\{\s*"(?:apiVersion|kind)":/.test(head) && !head.includes('audit.k8s.io')
}

/**
 * Reads objects of a cluster out of YAML, however many there are: the items of a list are parsed one by
 * one, and only those that can tell something.
 */
export class YamlReader implements FactReader {
  readonly #file: SourceFile
  readonly #landmarks: Landmarks
  readonly #lines = new TextLines(LINE_LIMIT)
  #number = 0
  #item: string[] = []
  #length = 0
  #begin = 1
  #isInList = false

  constructor(file: SourceFile, landmarks: Landmarks) {
    this.#file = file
    this.#landmarks = landmarks
  }

  push(bytes: Uint8Array): readonly Fact[] {
    return this.#lines.push(bytes).flatMap((line) => this.#line(line))
  }

  end(): readonly Fact[] {
    const facts = this.#lines.end().flatMap((line) => this.#line(line))
    return [...facts, ...this.#finish()]
  }

  #line(line: string): readonly Fact[] {
    this.#number++
    const isItem = line.startsWith('- ')
    // kubectl writes the kind of the list after its items.
    const isAfterList = this.#isInList && /^\w/.test(line)
    const ends = isItem || isAfterList || line.startsWith('---')
    const facts = ends ? this.#finish() : []
    if (ends) this.#isInList = isItem
    this.#length += line.length + 1
    if (this.#length <= OBJECT_LIMIT) this.#item.push(isItem ? `  ${line.slice(2)}` : line)
    return facts
  }

  #finish(): readonly Fact[] {
    const text = this.#item.join('\n')
    const place = { source: this.#file.path, line: this.#begin }
    const isWhole = this.#length <= OBJECT_LIMIT
    this.#item = []
    this.#length = 0
    this.#begin = this.#number
    const tells =
      /^ *nodeInfo:$/m.test(text) || text.includes(REQUESTED) || hasLandmark(this.#landmarks, text)
    if (!isWhole || !tells) return []
    return objectFacts(parsedYaml(text), place, this.#landmarks)
  }
}

/** The same for JSON. */
export class JsonReader implements FactReader {
  readonly #file: SourceFile
  readonly #landmarks: Landmarks
  readonly #objects = new JsonObjects(OBJECT_LIMIT)

  constructor(file: SourceFile, landmarks: Landmarks) {
    this.#file = file
    this.#landmarks = landmarks
  }

  push(bytes: Uint8Array): readonly Fact[] {
    return this.#objects
      .push(bytes)
      .flatMap(({ value, line }) =>
        objectFacts(value, { source: this.#file.path, line }, this.#landmarks),
      )
  }

  end(): readonly Fact[] {
    return []
  }
}

function parsedYaml(text: string): unknown {
  try {
    // The library refuses what aliases would make of a small file (maxAliasCount).
    return parseYaml(text).toJS()
  } catch {
    // Broken YAML is no object. That it was cut off is no news in a bundle.
    return undefined
  }
}
