import { createHash } from 'node:crypto'
import path from 'node:path'
import { z } from 'zod'
import { FairleadError } from '../../errors.ts'
import { jsonOrUndefined } from '../../json.ts'
import type { Content, NodeFiles } from './node-files.ts'

/** What a file is to become, and what for. */
export interface Change {
  readonly path: string
  readonly content: Content
  readonly why: string
  /** For people to edit: once it is there, it is theirs. */
  readonly isConfig?: boolean
}

/** Where the originals are kept until they are put back. */
export const INSTALL_DIR = '/var/lib/fairlead/install'
const MANIFEST = `${INSTALL_DIR}/changes.json`

const kept = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('absent') }),
  z.object({ kind: z.literal('link'), target: z.string() }),
  z.object({
    kind: z.literal('file'),
    sha256: z.string(),
    mode: z.int(),
    uid: z.int(),
    gid: z.int(),
  }),
])
const manifestSchema = z.object({
  kind: z.literal('fairlead.dev/install'),
  version: z.literal(1),
  changes: z.array(z.object({ path: z.string(), original: kept, installed: kept })),
  /** Folders that were made, the outer before the inner. */
  dirs: z.array(z.string()),
})
type Kept = z.output<typeof kept>
type Manifest = z.output<typeof manifestSchema>

const NOTHING: Manifest = { kind: 'fairlead.dev/install', version: 1, changes: [], dirs: [] }

/**
 * The files of a node as they were before they were changed by {@link install}: what a change is planned
 * from, the first time and each time after.
 */
export async function originalFiles(files: NodeFiles): Promise<Pick<NodeFiles, 'read' | 'list'>> {
  const { changes } = await readManifest(files)
  const originals = new Map(changes.map(({ path: file, original }) => [file, original]))
  return {
    read: async (file) => {
      const original = originals.get(file)
      return original === undefined ? files.read(file) : originalOf(files, file, original)
    },
    list: async (dir) => {
      const isMade = (name: string) => originals.get(path.join(dir, name))?.kind === 'absent'
      return (await files.list(dir)).filter((name) => !isMade(name))
    },
  }
}

/**
 * Makes changes: first the originals and the list of them are on disk, then one file after the other is put
 * there whole. Ended at any moment, {@link uninstall} undoes what was done, and this, called again, goes on.
 *
 * @throws {FairleadError} FL_INSTALL where somebody has changed one of the files since; nothing is done then.
 */
export async function install(files: NodeFiles, changes: readonly Change[]): Promise<void> {
  const before = await readManifest(files)
  const known = new Map(before.changes.map((change) => [change.path, change]))
  refuse(await editedSince(files, before, changes))
  const originals = await originalFiles(files)
  const made: Manifest['changes'] = []
  const puts: { readonly path: string; readonly content: Content }[] = []
  const keeps: typeof puts = []
  for (const { path: file, content, isConfig = false } of changes) {
    const [original, current] = [await originals.read(file), await files.read(file)]
    const old = known.get(file)
    const isTheirs = isConfig && old !== undefined && current.kind === 'file'
    made.push({
      path: file,
      original: keptOf(original),
      installed: isTheirs ? old.installed : keptOf(content),
    })
    if (original.kind === 'file') keeps.push({ path: keptPath(file), content: secret(original) })
    if (!isTheirs && !isKept(current, keptOf(content))) puts.push({ path: file, content })
  }
  // What an earlier version has changed and this one does not.
  for (const old of before.changes) {
    if (changes.some((change) => change.path === old.path)) continue
    made.push(old)
    puts.push({ path: old.path, content: await originals.read(old.path) })
  }
  const missing = await missingDirs(
    files,
    [...keeps, ...puts, { path: MANIFEST }].map((put) => path.dirname(put.path)),
  )
  for (const dir of missing.filter(holdsManifest)) await files.makeDir(dir, 0o755)
  for (const keep of keeps) await files.put(keep.path, keep.content)
  const others = missing.filter((dir) => !holdsManifest(dir))
  await writeManifest(files, {
    ...before,
    changes: made,
    dirs: [...new Set([...before.dirs, ...others])],
  })
  for (const dir of others) await files.makeDir(dir, 0o755)
  for (const put of puts) await files.put(put.path, put.content)
}

/**
 * Puts everything back as it was before {@link install}, and forgets about it. False where there is nothing
 * to undo.
 *
 * @throws {FairleadError} FL_INSTALL where somebody has changed one of the files since and `discardEdits` is
 * not given; nothing is undone then.
 */
export async function uninstall(
  files: NodeFiles,
  { discardEdits }: { readonly discardEdits: boolean },
): Promise<boolean> {
  const manifest = await readManifest(files)
  if (!discardEdits) refuse(await editedSince(files, manifest, []))
  for (const { path: file, original } of manifest.changes.toReversed()) {
    // What is as it was needs no original, which may have gone already.
    if (isKept(await files.read(file), original)) await files.tidy(file)
    else await files.put(file, await originalOf(files, file, original))
  }
  for (const dir of manifest.dirs.toReversed()) await files.removeDir(dir)
  for (const name of await files.list(INSTALL_DIR)) {
    const file = path.join(INSTALL_DIR, name)
    if (file !== MANIFEST) await files.put(file, { kind: 'absent' })
  }
  await files.put(MANIFEST, { kind: 'absent' })
  for (const dir of OWN_DIRS) await files.removeDir(dir)
  return manifest.changes.length > 0
}

/** The files that an installation has changed. */
export async function installedPaths(files: NodeFiles): Promise<readonly string[]> {
  return (await readManifest(files)).changes.map((change) => change.path)
}

const OWN_DIRS = [INSTALL_DIR, path.dirname(INSTALL_DIR)]

/** Files that are neither as they were, nor as they were installed, nor as they are to be. */
async function editedSince(
  files: NodeFiles,
  { changes: done }: Manifest,
  changes: readonly Change[],
): Promise<readonly string[]> {
  const edited: string[] = []
  for (const { path: file, original, installed } of done) {
    const change = changes.find((one) => one.path === file)
    if (change?.isConfig === true) continue
    const expected = [
      original,
      installed,
      ...(change === undefined ? [] : [keptOf(change.content)]),
    ]
    const current = keptOf(await files.read(file))
    if (!expected.some((each) => isSameText(each, current))) edited.push(file)
  }
  return edited
}

function refuse(edited: readonly string[]): void {
  if (edited.length === 0) return
  throw new FairleadError('FL_INSTALL', `Changed by somebody since: ${edited.join(', ')}.`, {
    hint: `What they were before is in ${INSTALL_DIR}. Undo the change, or let uninstall discard it with --discard-edits.`,
  })
}

async function readManifest(files: NodeFiles): Promise<Manifest> {
  const content = await files.read(MANIFEST)
  if (content.kind === 'absent') return NOTHING
  const text = content.kind === 'file' ? content.bytes.toString() : undefined
  const parsed = manifestSchema.safeParse(jsonOrUndefined(text))
  if (parsed.success) return parsed.data
  throw new FairleadError('FL_INSTALL', `${MANIFEST} is no list of what was changed.`, {
    hint: 'A later version of Fairlead may have written it; use that one.',
  })
}

async function writeManifest(files: NodeFiles, manifest: Manifest): Promise<void> {
  const bytes = Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`)
  await files.put(MANIFEST, { kind: 'file', bytes, mode: 0o600 })
}

/** What was at a path before it was changed. */
async function originalOf(files: NodeFiles, file: string, original: Kept): Promise<Content> {
  if (original.kind !== 'file') return original
  const { mode, uid, gid } = original
  for (const place of [keptPath(file), file]) {
    const content = await files.read(place)
    if (isSameText(keptOf(content), original) && content.kind === 'file') {
      return { kind: 'file', bytes: content.bytes, mode, uid, gid }
    }
  }
  throw new FairleadError('FL_INSTALL', `What ${file} was before is not in ${keptPath(file)}.`, {
    hint: `Put ${file} back from a backup, remove ${MANIFEST}, and try again.`,
  })
}

/** The folders above these that are not there, the outer before the inner. */
async function missingDirs(files: NodeFiles, dirs: readonly string[]): Promise<readonly string[]> {
  const missing = new Set<string>()
  for (const dir of dirs) {
    for (let above = dir; above !== '/'; above = path.dirname(above)) {
      if (!(await files.isDir(above))) missing.add(above)
    }
  }
  return [...missing].toSorted()
}

function holdsManifest(dir: string): boolean {
  return MANIFEST.startsWith(`${dir}/`)
}

/** `/var/lib/fairlead/install/%etc%containerd%config.toml` */
function keptPath(file: string): string {
  return path.join(INSTALL_DIR, file.replaceAll('/', '%'))
}

function secret(content: Extract<Content, { kind: 'file' }>): Content {
  return { kind: 'file', bytes: content.bytes, mode: 0o600 }
}

function keptOf(content: Content): Kept {
  if (content.kind !== 'file') return content
  const { bytes, mode, uid = 0, gid = 0 } = content
  return { kind: 'file', sha256: createHash('sha256').update(bytes).digest('hex'), mode, uid, gid }
}

function isKept(content: Content, kept: Kept): boolean {
  const own = keptOf(content)
  if (own.kind !== 'file' || kept.kind !== 'file') return isSameText(own, kept)
  const isSameOwner = own.mode === kept.mode && own.uid === kept.uid && own.gid === kept.gid
  return isSameText(own, kept) && isSameOwner
}

function isSameText(left: Kept, right: Kept): boolean {
  if (left.kind === 'file' && right.kind === 'file') return left.sha256 === right.sha256
  if (left.kind === 'link' && right.kind === 'link') return left.target === right.target
  return left.kind === right.kind
}
