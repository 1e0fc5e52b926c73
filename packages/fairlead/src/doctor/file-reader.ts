import { DescribeReader, isDescription } from './describe-reader.ts'
import type { Fact } from './fact.ts'
import type { FactReader, SourceFile } from './fact-reader.ts'
import { isKeptEvidence, KeptEvidenceReader } from './kept-evidence.ts'
import type { Landmarks } from './landmarks.ts'
import { LineReader } from './line-reader.ts'
import { isJsonObjects, isYamlObjects, JsonReader, YamlReader } from './objects/object-reader.ts'

const HEAD_BYTES = 4096

/** Reads a file as what its beginning shows it to be: evidence of an agent, objects of a cluster, a description, lines. */
export class FileReader implements FactReader {
  readonly #file: SourceFile
  readonly #landmarks: Landmarks
  #head: Buffer | undefined = Buffer.alloc(0)
  #reader: FactReader | undefined

  constructor(file: SourceFile, landmarks: Landmarks) {
    this.#file = file
    this.#landmarks = landmarks
  }

  push(bytes: Uint8Array): readonly Fact[] {
    if (this.#reader !== undefined) return this.#reader.push(bytes)
    const missing = HEAD_BYTES - (this.#head?.length ?? 0)
    this.#head = Buffer.concat([this.#head ?? Buffer.alloc(0), bytes.subarray(0, missing)])
    if (this.#head.length < HEAD_BYTES) return []
    const facts = this.#begin()
    return [...facts, ...this.push(bytes.subarray(missing))]
  }

  end(): readonly Fact[] {
    const facts = this.#reader === undefined ? this.#begin() : []
    return [...facts, ...(this.#reader?.end() ?? [])]
  }

  #begin(): readonly Fact[] {
    const head = this.#head ?? Buffer.alloc(0)
    this.#head = undefined
    this.#reader = readerFor(head.toString('utf8'), this.#file, this.#landmarks)
    return this.#reader.push(head)
  }
}

function readerFor(head: string, file: SourceFile, landmarks: Landmarks): FactReader {
  if (isKeptEvidence(head)) return new KeptEvidenceReader(file)
  if (isJsonObjects(head)) return new JsonReader(file, landmarks)
  if (isYamlObjects(head)) return new YamlReader(file, landmarks)
  if (isDescription(head)) return new DescribeReader(file, landmarks)
  return new LineReader(file, landmarks)
}
