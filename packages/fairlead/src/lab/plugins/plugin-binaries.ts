import {
  chmod,
  copyFile,
  type FileHandle,
  mkdir,
  open,
  rename,
  rm,
  writeFile,
} from 'node:fs/promises'
import path from 'node:path'
import { FairleadError, messageOf } from '../../errors.ts'

/** Where an executable comes from: the text of a script, or a file of the machine. */
export type PluginSource =
  | { readonly kind: 'script'; readonly text: string }
  | { readonly kind: 'file'; readonly path: string }

/** How an executable is found by whoever runs it; see the step `binary` of a scenario. */
export type BinaryState = 'whole' | 'missing' | 'not-executable' | 'wrong-arch' | 'empty' | 'busy'

/** The executables of the plugins, in the folder that the runtime looks for them in. */
export class PluginBinaries implements AsyncDisposable {
  readonly #binDir: string
  readonly #sources: ReadonlyMap<string, PluginSource>
  readonly #writers = new Map<string, FileHandle>()

  private constructor(binDir: string, sources: ReadonlyMap<string, PluginSource>) {
    this.#binDir = binDir
    this.#sources = sources
  }

  /**
   * Installs every plugin, by its type, into `binDir`, as this process sees it.
   *
   * @throws {FairleadError} FL_PLUGIN_BINARY for a file of the machine that cannot be copied.
   */
  static async install(
    binDir: string,
    sources: ReadonlyMap<string, PluginSource>,
  ): Promise<PluginBinaries> {
    const binaries = new PluginBinaries(binDir, sources)
    await mkdir(binDir, { recursive: true })
    for (const type of sources.keys()) await binaries.put(type, 'whole')
    return binaries
  }

  /** From now on the executable of a plugin is so. */
  async put(type: string, state: BinaryState): Promise<void> {
    const file = path.join(this.#binDir, type)
    await this.#writers.get(type)?.close()
    this.#writers.delete(type)
    switch (state) {
      case 'whole':
        return this.#replace(file, (temporary) => this.#write(type, temporary))
      case 'missing':
        return rm(file, { force: true })
      case 'not-executable':
        return chmod(file, 0o644)
      case 'wrong-arch':
        return this.#replace(file, (temporary) => writeFile(temporary, foreignElf()))
      case 'empty':
        return this.#replace(file, (temporary) => writeFile(temporary, ''))
      case 'busy':
        // execve(2) fails with ETXTBSY while anybody has the file open for writing.
        this.#writers.set(type, await open(file, 'r+'))
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const writer of this.#writers.values()) await writer.close()
  }

  async #replace(file: string, write: (temporary: string) => Promise<void>): Promise<void> {
    const temporary = `${file}.tmp`
    await write(temporary)
    await chmod(temporary, 0o755)
    await rename(temporary, file)
  }

  async #write(type: string, file: string): Promise<void> {
    const source = this.#sources.get(type)
    if (source === undefined) throw new TypeError(`no plugin ${type}`)
    if (source.kind === 'script') return writeFile(file, source.text)
    await copyFile(source.path, file).catch((error: unknown) => {
      throw new FairleadError(
        'FL_PLUGIN_BINARY',
        `The plugin ${type} cannot be taken from ${source.path}: ${messageOf(error)}.`,
        { hint: 'The stack names it by `path`; give that of an executable.', cause: error },
      )
    })
  }
}

/** The header of an executable for s390x (elf.h: EM_S390), which no Node.js machine of ours is. */
function foreignElf(): Buffer {
  const header = Buffer.alloc(64)
  header.write('\x7fELF', 'latin1')
  // 64 bit, big endian, version 1.
  header.set([2, 2, 1], 4)
  header.writeUInt16BE(2, 16)
  header.writeUInt16BE(22, 18)
  header.writeUInt32BE(1, 20)
  header.writeUInt16BE(64, 52)
  return header
}
