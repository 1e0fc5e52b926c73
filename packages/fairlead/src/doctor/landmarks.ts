import type { Advisory, SymptomSource } from '../advisories/advisory.ts'
import { PatternIndex } from './pattern-index.ts'
import { VERSION_TEXTS } from './versions.ts'

/**
 * What happens to a node anyway and helps to understand the rest: the timeline shows it, no finding is
 * made of it.
 */
const LIFE_TEXTS: readonly string[] = [
  'containerd successfully booted in',
  'Start event monitor',
  'Skipping pod synchronization',
  'Node became not ready',
  'status is now: NodeReady',
  'status is now: NodeNotReady',
  'Starting containerd.service',
  'Started containerd.service',
  'Stopped containerd.service',
  'Starting containerd container runtime',
  'Started containerd container runtime',
  'Stopped containerd container runtime',
  'Started kubelet',
  'Stopped kubelet',
  'Started Container Runtime Interface for OCI',
  'container runtime is down',
  'container runtime network not ready',
]

/** What a goroutine dump has, in whatever form: `goroutine 12 [select]:`, `goroutine profile: total 33`. */
const DUMP_TEXTS: readonly string[] = [
  '=== BEGIN goroutine stack dump ===',
  'goroutine profile: total ',
  'goroutine ',
]

/** The texts that are looked for in every line of every log. */
export interface Landmarks {
  readonly index: PatternIndex
  /** The text that an id of the index stands for. */
  textOf(id: number): string
  tellsVersion(id: number): boolean
  tellsDump(id: number): boolean
  /** Whether a line of that writer with this text says something. */
  isSaidBy(id: number, writer: SymptomSource): boolean
}

/** What advisories tell to look for in logs, and what tells versions and the life of a node. */
export function landmarksOf(advisories: readonly Pick<Advisory, 'symptoms'>[]): Landmarks {
  const symptoms = advisories.flatMap((advisory) => advisory.symptoms)
  const writers = new Map<string, Set<SymptomSource>>()
  for (const { text, source } of symptoms) {
    writers.set(text, (writers.get(text) ?? new Set()).add(source))
  }
  const versions = new Set(VERSION_TEXTS)
  const dumps = new Set(DUMP_TEXTS)
  const life = new Set(LIFE_TEXTS)
  const texts = [
    ...new Set([...versions, ...dumps, ...life, ...writers.keys()]),
    // Dumps are read as a whole.
  ].filter((text) => [...(writers.get(text) ?? [])].join() !== 'goroutine-dump')
  return {
    index: new PatternIndex(texts),
    textOf: (id) => texts[id] ?? '',
    tellsVersion: (id) => id < versions.size,
    tellsDump: (id) => id >= versions.size && id < versions.size + dumps.size,
    isSaidBy: (id, writer) => {
      const text = texts[id] ?? ''
      return (
        life.has(text) || [...(writers.get(text) ?? [])].some((each) => isHeardOf(each, writer))
      )
    },
  }
}

/** Whether a text has anything that is looked for. */
export function hasLandmark({ index }: Landmarks, text: string): boolean {
  const bytes = Buffer.from(text)
  let has = false
  index.search(bytes, 0, bytes.length, () => {
    has = true
  })
  return has
}

/** Kinds of sources that say something only by what they are. */
const APART: ReadonlySet<SymptomSource> = new Set(['conf-file', 'process-table', 'goroutine-dump'])

/**
 * Whether what an advisory knows from one source counts in another. An error travels: what a plugin
 * prints is in the log of the runtime, in kubelet's, and in an event.
 */
export function isHeardOf(known: SymptomSource, seen: SymptomSource): boolean {
  return known === seen || !(APART.has(known) || APART.has(seen))
}
