import type { DirReading, Entry } from './reading.ts'

/** A file of a conf dir in a test: its text, or an object for JSON. */
export type FileContent = string | object

/** A conf dir in memory; folders by a trailing slash. */
export function folder(
  files: Readonly<Record<string, FileContent>>,
  dir: string = '/etc/cni/net.d',
  linksTo?: string,
): DirReading {
  const link = linksTo === undefined ? {} : { linksTo }
  return { kind: 'folder', dir, entries: entries(files), ...link }
}

function entries(files: Readonly<Record<string, FileContent>>): readonly Entry[] {
  const folders = new Map<string, Record<string, FileContent>>()
  const own: Entry[] = []
  for (const [name, content] of Object.entries(files)) {
    const [first = '', rest] = name.split('/')
    if (rest === undefined) own.push(file(name, content))
    else folders.set(first, { ...folders.get(first), ...(rest === '' ? {} : { [rest]: content }) })
  }
  return [
    ...own,
    ...[...folders].map(([name, inside]): Entry => ({
      name,
      mtimeMs: 0,
      kind: 'folder',
      entries: Object.entries(inside).map(([inner, content]) => file(inner, content)),
    })),
  ]
}

function file(name: string, content: FileContent): Entry {
  const text = typeof content === 'string' ? content : JSON.stringify(content)
  return { name, mtimeMs: 0, kind: 'file', bytes: Buffer.from(text) }
}

/** A list of one plugin. */
export function list(name: string, cniVersion = '0.3.1', type = 'bridge'): object {
  return { cniVersion, name, plugins: [{ type }] }
}
