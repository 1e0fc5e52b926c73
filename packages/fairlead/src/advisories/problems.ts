import type { KeyPath } from '../data-file.ts'
import type { Advisory, Range } from './advisory.ts'
import { CODE_PLACE, codeIn } from './told.ts'
import { compareVersions, isInRange, parseVersion } from './version.ts'

/** What is wrong with an advisory, and where. */
export interface Problem {
  readonly at: KeyPath
  readonly problem: string
}

/** What an advisory has to keep to and the schema cannot know. */
export function* problemsOf(advisory: Advisory): Generator<Problem> {
  yield* unprintable(advisory)
  if (advisory.modified < advisory.published) {
    yield { at: ['modified'], problem: 'is before `published`' }
  }
  yield* ranges(advisory)
  yield* doubled(
    ['symptoms'],
    advisory.symptoms.map(({ source, text }) => `${source} ${text}`),
  )
  yield* doubled(
    ['probes'],
    advisory.probes.map(({ probe }) => probe),
  )
  yield* remedies(advisory)
  yield* translation(advisory)
}

function* translation(advisory: Advisory): Generator<Problem> {
  const { remedies: texts, confirm, affected, 'zh-CN': chinese } = advisory
  if (chinese === undefined) return
  const lengths = [
    ['remedies', chinese.remedies.length, texts.length],
    ['confirm', chinese.confirm.length, confirm.length],
    ['patched', chinese.patched.length, affected.flatMap(({ patched }) => patched).length],
  ] as const
  for (const [key, has, wanted] of lengths) {
    // A translation may leave out a kind of text, but not some of it: they are told by their place.
    if (has === wanted || (has === 0 && key !== 'remedies')) continue
    yield { at: ['zh-CN', key], problem: `has ${has} texts for ${wanted} of the original` }
  }
  for (const [index, text] of chinese.confirm.entries()) {
    const code = codeIn(confirm[index] ?? '').length
    for (const [place, number] of text.matchAll(CODE_PLACE)) {
      if (Number(number) >= 1 && Number(number) <= code) continue
      yield {
        at: ['zh-CN', 'confirm', index],
        problem: `${place} stands for nothing: the original has ${code} pieces of code`,
      }
    }
  }
}

/** Texts are printed to terminals, which take such characters for commands. */
function* unprintable(value: unknown, at: KeyPath = []): Generator<Problem> {
  if (typeof value === 'string') {
    // oxlint-disable-next-line no-control-regex -- they are what is looked for
    if (/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/.test(value)) {
      yield { at, problem: 'has a control character' }
    }
  } else if (typeof value === 'object' && value !== null) {
    const isList = Array.isArray(value)
    for (const [key, inner] of Object.entries(value)) {
      yield* unprintable(inner, [...at, isList ? Number(key) : key])
    }
  }
}

function* ranges({ affected }: Advisory): Generator<Problem> {
  for (const [index, entry] of affected.entries()) {
    for (const [inner, range] of entry.ranges.entries()) {
      yield* rangeEnds(range, ['affected', index, 'ranges', inner])
    }
    for (const key of ['patched', 'only'] as const) {
      for (const [inner, { range }] of entry[key].entries()) {
        yield* rangeEnds(range, ['affected', index, key, inner, 'range'])
      }
    }
  }
}

function* rangeEnds(range: Range, at: KeyPath): Generator<Problem> {
  const introduced = parseVersion(range.introduced)
  if (introduced === undefined) return
  const fixed = parseVersion(range.fixed ?? '')
  if (fixed !== undefined && compareVersions(fixed, introduced) <= 0) {
    yield { at: [...at, 'fixed'], problem: `is not newer than introduced, ${range.introduced}` }
  }
  const last = parseVersion(range.lastAffected ?? '')
  if (last !== undefined && compareVersions(last, introduced) < 0) {
    yield { at: [...at, 'lastAffected'], problem: `is older than introduced, ${range.introduced}` }
  }
}

function* doubled(at: KeyPath, keys: readonly string[]): Generator<Problem> {
  for (const [index, key] of keys.entries()) {
    const first = keys.indexOf(key)
    if (first < index) yield { at: [...at, index], problem: `is the same as number ${first + 1}` }
  }
}

const HARMS = ['none', 'plugin', 'pod', 'runtime', 'node'] as const

function* remedies({ remedies: all, affected }: Advisory): Generator<Problem> {
  for (const kind of ['fix', 'workaround'] as const) {
    let worst = 0
    for (const [index, remedy] of all.entries()) {
      if (remedy.kind !== kind) continue
      const harm = HARMS.indexOf(remedy.harm)
      if (harm < worst) {
        yield {
          at: ['remedies', index, 'harm'],
          problem: `disturbs less than the ${kind} before it; the least harm comes first`,
        }
      }
      worst = harm
    }
  }
  for (const [index, { kind, needs }] of all.entries()) {
    if (kind !== 'fix') continue
    for (const [inner, { component, atLeast }] of needs.entries()) {
      const version = parseVersion(atLeast)
      const still = affected.some(
        (entry) =>
          entry.component === component &&
          entry.only.length === 0 &&
          version !== undefined &&
          entry.ranges.some((range) => isInRange(version, range)),
      )
      if (still) {
        yield {
          at: ['remedies', index, 'needs', inner, 'atLeast'],
          problem: `${component} ${atLeast} is in the affected ranges`,
        }
      }
    }
  }
}
