import type { Case } from '../case.ts'
import { cache } from './cache.ts'
import { errors } from './errors.ts'
import { finding } from './finding.ts'
import { jsonText } from './json-text.ts'
import { loading } from './loading.ts'
import { names } from './names.ts'
import { nodeVerbs } from './node-verbs.ts'
import { oddResults } from './odd-results.ts'
import { requests } from './requests.ts'
import { results } from './results.ts'
import { verbs } from './verbs.ts'
import { versions } from './versions.ts'

/** All cases, by theme. */
export const THEMES: Readonly<Record<string, readonly Case[]>> = {
  loading,
  finding,
  versions,
  names,
  requests,
  results,
  oddResults,
  verbs,
  nodeVerbs,
  errors,
  cache,
  jsonText,
}
