import {
  type Conf,
  type ConfPlugin,
  type ConfReading,
  type Libcni,
  readConf,
  type TextPlace,
} from './libcni-conf.ts'
import { byName, confEntries, type DirReading, entriesOf, type Entry } from './reading.ts'

/** What is wrong with a file, by what a person has to do about it. */
export type Fault = 'invalid' | 'empty' | 'unreadable' | 'dangling-link' | 'blocks'

/** A configuration file of a conf dir, and what it comes to when libcni reads it. */
export type ConfFile = { readonly name: string } & (
  | { readonly ok: true; readonly conf: Conf }
  | {
      readonly ok: false
      readonly fault: Fault
      /** Without the file and without a full stop. */
      readonly why: string
      /** The file that is at fault: this one, or one of the folder that it takes plugins from. */
      readonly at: string
      readonly place?: TextPlace
    }
)

/** The configuration files of a folder in the order that every runtime takes them in. */
export function readConfFiles(reading: DirReading, libcni: Libcni): readonly ConfFile[] {
  const entries = entriesOf(reading)
  return confEntries(entries).map((entry) => {
    const file = confFile(entry, readEntry(entry, libcni))
    if (!file.ok || !file.conf.takesFolder) return file
    return withFolder(file.name, file.conf, entries, libcni)
  })
}

/**
 * A list with the plugins of the folder that is named after its network: only files that end in
 * `.conf`, in their order, behind those of the list (LC@v1.3.0:libcni/conf.go `NetworkConfFromFile`).
 */
function withFolder(name: string, conf: Conf, entries: readonly Entry[], libcni: Libcni): ConfFile {
  const added: ConfPlugin[] = []
  const folder = folderOf(conf.name, entries)
  if (folder?.kind === 'not-a-folder') {
    const why = `libcni reads the folder ${conf.name} for its plugins, and that is no folder`
    return { name, ok: false, fault: 'invalid', why, at: conf.name }
  }
  for (const entry of byName(confEntries(folder?.entries ?? [], new Set(['.conf'])))) {
    const at = folder?.isSelf === true ? entry.name : `${conf.name}/${entry.name}`
    const read = confFile(entry, readEntry(entry, libcni))
    if (!read.ok) return { ...read, name, at, why: `its plugin ${at} cannot be used: ${read.why}` }
    added.push(...read.conf.plugins.map((plugin) => ({ ...plugin, from: at })))
  }
  const plugins = [...conf.plugins, ...added]
  if (plugins.length > 0) return { name, ok: true, conf: { ...conf, plugins } }
  const why = `it has no \`plugins\`, and there is no folder ${conf.name} with a .conf file`
  return { name, ok: false, fault: 'invalid', why, at: name, place: { line: 1, column: 1 } }
}

/** `filepath.Join(dir, name)`: without a name it is the conf dir itself. */
function folderOf(name: string, entries: readonly Entry[]) {
  if (name === '' || name === '.') return { kind: 'folder', entries, isSelf: true } as const
  const entry = entries.find((candidate) => candidate.name === name)
  if (entry === undefined || entry.kind === 'dangling-link') return undefined
  if (entry.kind === 'folder' || entry.kind === 'link-to-folder') {
    return { kind: 'folder', entries: entry.entries, isSelf: false } as const
  }
  return { kind: 'not-a-folder', entries: [], isSelf: false } as const
}

type Unread = { readonly ok: false; readonly fault: Fault; readonly why: string }

function readEntry(entry: Entry, libcni: Libcni): ConfReading | Unread {
  switch (entry.kind) {
    case 'file':
      return readConf(entry.name, entry.bytes, libcni)
    case 'folder':
    case 'link-to-folder':
      return { ok: false, fault: 'unreadable', why: 'it is a folder' }
    case 'dangling-link':
      return {
        ok: false,
        fault: 'dangling-link',
        why: `it links to ${entry.linksTo}, which is not there`,
      }
    case 'special':
      return entry.what === 'FIFO'
        ? { ok: false, fault: 'blocks', why: 'it is a FIFO, and who opens it waits for a writer' }
        : { ok: false, fault: 'unreadable', why: `it is a ${entry.what}` }
    case 'unreadable':
      return { ok: false, fault: 'unreadable', why: entry.why }
  }
}

function confFile({ name }: Entry, reading: ConfReading | Unread): ConfFile {
  if (reading.ok) return { name, ok: true, conf: reading.conf }
  const { why } = reading
  if ('fault' in reading) return { name, ok: false, fault: reading.fault, why, at: name }
  const { line, column, isEmpty } = reading
  const fault = isEmpty ? 'empty' : 'invalid'
  return { name, ok: false, fault, why, at: name, place: { line, column } }
}
