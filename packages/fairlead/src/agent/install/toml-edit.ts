import { isDeepStrictEqual } from 'node:util'
import { parse } from 'smol-toml'
import { mergeDeep, type Table, tableOf } from '../../lint/containerd-config/table.ts'

/**
 * A TOML text with one string set, every other byte as it was; undefined where that cannot be done in a line,
 * as in a table that is written inline. What comes out has been read again: nothing else has changed.
 */
export function withString(
  text: string,
  keys: readonly [...table: string[], key: string],
  value: string,
): string | undefined {
  const table = keys.slice(0, -1)
  const key = keys.at(-1) ?? ''
  const lines = text.split('\n')
  const begin = lines.findIndex((line) => isHeaderOf(line, table))
  const set = `${key} = ${JSON.stringify(value)}`
  if (begin === -1) {
    const header = `[${table.map(quoted).join('.')}]`
    const gap = text === '' || text.endsWith('\n\n') ? '' : text.endsWith('\n') ? '\n' : '\n\n'
    return verified(text, `${text}${gap}${header}\n${set}\n`, keys, value)
  }
  const rest = lines.slice(begin + 1)
  const next = rest.findIndex((line) => /^\s*\[/.test(line))
  const body = next === -1 ? rest : rest.slice(0, next)
  const at = body.findIndex((line) => new RegExp(String.raw`^\s*["']?${key}["']?\s*=`).test(line))
  const end = lines[begin]?.endsWith('\r') === true ? '\r' : ''
  if (at === -1) {
    const indent = /^\s*/.exec(body.find((line) => line.trim() !== '') ?? lines[begin] ?? '')?.[0]
    lines.splice(begin + 1, 0, `${indent ?? ''}${set}${end}`)
  } else {
    const old = lines[begin + 1 + at] ?? ''
    lines[begin + 1 + at] = `${/^\s*/.exec(old)?.[0] ?? ''}${set}${commentOf(old)}${end}`
  }
  return verified(text, lines.join('\n'), keys, value)
}

/** The new text, if it says what the old one did, with the value. */
function verified(before: string, after: string, keys: readonly string[], value: string) {
  const [old, changed] = [parsed(before), parsed(after)]
  if (old === undefined || changed === undefined) return undefined
  const set = keys.toReversed().reduce<unknown>((inner, key) => ({ [key]: inner }), value)
  return isDeepStrictEqual(plain(mergeDeep(old, tableOf(set))), plain(changed)) ? after : undefined
}

function parsed(text: string): Table | undefined {
  try {
    return tableOf(parse(text, { integersAsBigInt: 'asNeeded' }))
  } catch {
    return undefined
  }
}

/** Whether a line is the header of that table, however its keys are quoted. */
function isHeaderOf(line: string, table: readonly string[]): boolean {
  if (!/^\s*\[[^[]/.test(line)) return false
  let inner = parsed(line.trim())
  for (const key of table) {
    if (inner === undefined || Object.keys(inner).join('\0') !== key) return false
    inner = tableOf(inner[key])
  }
  return inner !== undefined && Object.keys(inner).length === 0
}

function commentOf(line: string): string {
  return /\s+#[^"']*$/.exec(line.replace(/\r$/, ''))?.[0] ?? ''
}

function quoted(key: string): string {
  return /^[\w-]+$/.test(key) ? key : JSON.stringify(key)
}

/** Objects of one kind, so that they can be compared. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]))
}
