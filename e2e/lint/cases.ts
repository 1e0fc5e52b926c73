import type { Case } from './case.ts'
import { FOLDERS } from './folder-cases.ts'
import { LISTS, SINGLES } from './key-cases.ts'
import { LINKS, NAMES } from './name-cases.ts'
import { STATUS } from './status-cases.ts'
import { JSON_TEXTS, UTF8 } from './text-cases.ts'

/** Conf dirs of every kind that a rule speaks of. */
export const CASES: readonly Case[] = [
  ...NAMES,
  ...LINKS,
  ...JSON_TEXTS,
  ...UTF8,
  ...LISTS,
  ...SINGLES,
  ...FOLDERS,
  ...STATUS,
]
