import { byName, type DirReading, entriesOf, extensionOf } from './reading.ts'

/**
 * Every entry that does not count, and why: what is no configuration for any runtime, and what
 * `whyNot` says of the rest; undefined for what counts.
 */
export function ignoredEntries(
  reading: DirReading,
  whyNot: (name: string) => string | undefined,
): readonly { readonly file: string; readonly why: string }[] {
  return byName(entriesOf(reading)).flatMap(({ name, kind }) => {
    if (kind === 'folder') return [{ file: `${name}/`, why: 'it is a folder' }]
    const extension = extensionOf(name)
    if (!['.conf', '.conflist', '.json'].includes(extension)) {
      return [{ file: name, why: 'its name does not end in .conf, .conflist or .json' }]
    }
    const why = whyNot(name)
    return why === undefined ? [] : [{ file: name, why }]
  })
}
