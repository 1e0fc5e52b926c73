import { stringify } from 'yaml'

/** A value as a text for programs. */
export function dataText(value: unknown, output: 'json' | 'yaml'): string {
  return output === 'json'
    ? `${JSON.stringify(value, null, 2)}\n`
    : stringify(value, { lineWidth: 100, aliasDuplicateObjects: false })
}
