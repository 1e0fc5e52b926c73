/** What lies in a folder under one name. */
export type Entry = { readonly name: string; readonly mtimeMs: number } & (
  | {
      readonly kind: 'file'
      readonly bytes: Uint8Array
      /** Where the name is a link, what it says. */
      readonly linksTo?: string
    }
  | { readonly kind: 'folder'; readonly entries: readonly Entry[] }
  /** To whoever lists the folder it is a file that cannot be read; by its name it is a folder. */
  | {
      readonly kind: 'link-to-folder'
      readonly linksTo: string
      readonly entries: readonly Entry[]
    }
  | { readonly kind: 'dangling-link'; readonly linksTo: string }
  /** A FIFO blocks whoever opens it; a socket or device cannot be read as configuration. */
  | { readonly kind: 'special'; readonly what: 'FIFO' | 'socket' | 'device' }
  | { readonly kind: 'unreadable'; readonly why: string }
)

/** A conf dir at one moment, in whatever order the system lists it. */
export type DirReading = { readonly dir: string } & (
  | {
      readonly kind: 'folder'
      readonly entries: readonly Entry[]
      /** Where the name of the folder is a link, what it says. */
      readonly linksTo?: string
    }
  | { readonly kind: 'missing'; readonly linksTo?: string }
  | { readonly kind: 'unreadable'; readonly why: string }
)

const EXTENSIONS = new Set(['.conf', '.conflist', '.json'])

/**
 * The entries that every runtime takes for configuration, in its order: by extension and by the bytes
 * of their names; dot files and links count, folders do not (libcni `ConfFiles`).
 */
export function confEntries(
  entries: readonly Entry[],
  extensions: ReadonlySet<string> = EXTENSIONS,
): readonly Entry[] {
  return byName(
    entries.filter((entry) => entry.kind !== 'folder' && extensions.has(extensionOf(entry.name))),
  )
}

/** Sorted by the bytes of their names. */
export function byName(entries: readonly Entry[]): readonly Entry[] {
  return entries.toSorted(({ name: left }, { name: right }) =>
    Buffer.compare(Buffer.from(left), Buffer.from(right)),
  )
}

/** The entries of a folder; none where there is no folder. */
export function entriesOf(reading: DirReading): readonly Entry[] {
  return reading.kind === 'folder' ? reading.entries : []
}

/** What begins with the last dot, as Go's `filepath.Ext` has it: of `.conf` the whole. */
export function extensionOf(name: string): string {
  const dot = name.lastIndexOf('.')
  return dot === -1 ? '' : name.slice(dot)
}
