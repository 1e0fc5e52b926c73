import type { Advisory } from '../advisories/advisory.ts'
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

/** The texts that are looked for in every line of every log. */
export interface Landmarks {
  readonly index: PatternIndex
  /** The text that an id of the index stands for. */
  textOf(id: number): string
  tellsVersion(id: number): boolean
}

/** What advisories tell to look for in logs, and what tells versions and the life of a node. */
export function landmarksOf(advisories: readonly Advisory[]): Landmarks {
  const versions = new Set(VERSION_TEXTS)
  const symptoms = advisories.flatMap((advisory) => advisory.symptoms.map(({ text }) => text))
  const texts = [...new Set([...versions, ...LIFE_TEXTS, ...symptoms])]
  return {
    index: new PatternIndex(texts),
    textOf: (id) => texts[id] ?? '',
    tellsVersion: (id) => id < versions.size,
  }
}
