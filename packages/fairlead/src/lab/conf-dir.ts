import { type FSWatcher, watch } from 'node:fs'
import { link, mkdir, open, readdir, rename, rm, stat, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { systemCodeOf } from '../errors.ts'
import type { Clock } from '../ports.ts'
import type { Installer, Manner } from './stack.ts'

/** The folder beside a conf dir that files come from which are moved or linked in. */
export function otherDirOf(confDir: string): string {
  return `${confDir}.other`
}

/** The runtime's conf dir, written to as the installers of a stack do. */
export class ConfDir {
  readonly #outside: string
  readonly #inside: string
  readonly #loaded: string
  readonly #clock: Clock
  #generation = 1
  #watcher: FSWatcher | undefined
  #onChange: ((file: string, sizeBytes: number | null) => void) | undefined

  /**
   * `outside` and `inside` are one folder, as this process and as the runtime see it. `loaded` is the one that the
   * runtime loads from, where an agent stands between.
   */
  constructor(options: { outside: string; inside: string; loaded?: string; clock: Clock }) {
    this.#outside = options.outside
    this.#inside = options.inside
    this.#loaded = options.loaded ?? options.outside
    this.#clock = options.clock
  }

  /** Puts an installer's file there as the last boot left it; resolves to its size. */
  async leave(installer: Installer): Promise<number> {
    const content = this.#content(installer)
    await writeFile(this.#path(installer.file), content, { mode: 0o600 })
    return Buffer.byteLength(content)
  }

  /** Writes an installer's file whole, in its own manner or in another. */
  async install(installer: Installer, manner: Manner = installer.manner): Promise<void> {
    const target = this.#path(installer.file)
    const write = (file: string) =>
      writeFile(file, this.#content(installer), { mode: 0o600, flush: true })
    switch (manner) {
      case 'truncate':
        return write(target)
      case 'rename': {
        const temporary = this.#path(installer.tempFile ?? `.${installer.file}.tmp`)
        await write(temporary)
        return rename(temporary, target)
      }
      case 'move-in':
      case 'hard-link':
      case 'symlink': {
        const other = otherDirOf(this.#outside)
        await mkdir(other, { recursive: true })
        const source = path.join(other, installer.file)
        await write(source)
        if (manner === 'move-in') return rename(source, target)
        await rm(target, { force: true })
        if (manner === 'hard-link') return link(source, target)
        return symlink(path.join('..', path.basename(other), installer.file), target)
      }
    }
  }

  /** Writes an installer's file in place, half of it `pauseMs` after the other. */
  async installInHalves(installer: Installer, pauseMs: number, signal: AbortSignal): Promise<void> {
    const content = this.#content(installer)
    const middle = Math.floor(content.length / 2)
    const handle = await open(this.#path(installer.file), 'w', 0o600)
    try {
      await handle.write(content.slice(0, middle))
      await this.#clock.sleep(pauseMs, signal)
      await handle.write(content.slice(middle))
    } finally {
      await handle.close()
    }
  }

  /** Leaves a file of no bytes in place of what was there. */
  async installEmpty(installer: Installer): Promise<void> {
    await writeFile(this.#path(installer.file), '', { mode: 0o600 })
  }

  async write(file: string, text: string): Promise<void> {
    await mkdir(path.dirname(this.#path(file)), { recursive: true })
    await writeFile(this.#path(file), text)
  }

  /** As somebody does who knows of no agent. */
  async writeWhereLoaded(file: string, text: string): Promise<void> {
    await writeFile(path.join(this.#loaded, file), text)
  }

  /** Succeeds where there is no such file: two installers that fight do not wait for each other. */
  async rename(file: string, to: string): Promise<void> {
    await rename(this.#path(file), this.#path(to)).catch((error: unknown) => {
      if (systemCodeOf(error) !== 'ENOENT') throw error
    })
  }

  async link(file: string, to: string): Promise<void> {
    await symlink(to, this.#path(file))
  }

  /** Removes the folder itself. */
  async removeAll(): Promise<void> {
    await rm(this.#outside, { recursive: true })
  }

  async make(): Promise<void> {
    await mkdir(this.#outside)
    this.#watchAgain()
  }

  /** Makes the folder a link to a folder beside it, before anybody reads it. */
  async becomeLink(): Promise<void> {
    await rename(this.#outside, `${this.#outside}.${this.#generation}`)
    await symlink(`${path.basename(this.#outside)}.${this.#generation}`, this.#outside)
  }

  /** Points the link to a new folder with these files, by the rename of another link, as kubelet does. */
  async repoint(installers: readonly Installer[]): Promise<void> {
    const before = await readdir(this.#outside)
    this.#generation += 1
    const next = `${this.#outside}.${this.#generation}`
    await mkdir(next)
    for (const installer of installers) {
      await writeFile(path.join(next, installer.file), this.#content(installer), { mode: 0o600 })
    }
    const temporary = `${this.#outside}.link`
    await symlink(path.basename(next), temporary)
    await rename(temporary, this.#outside)
    this.#watchAgain()
    for (const file of before) this.#onChange?.(file, null)
    for (const installer of installers) {
      this.#onChange?.(installer.file, Buffer.byteLength(this.#content(installer)))
    }
  }

  async remove(file: string): Promise<void> {
    await rm(this.#path(file), { force: true })
  }

  /** Removes all that is in it. */
  async empty(): Promise<void> {
    for (const name of await readdir(this.#outside)) {
      await rm(this.#path(name), { recursive: true, force: true })
    }
  }

  /** Tells of each change as it happens, until disposed of. `sizeBytes` is null for a file gone. */
  watch(onChange: (file: string, sizeBytes: number | null) => void): Disposable {
    this.#onChange = onChange
    this.#watchAgain()
    return {
      [Symbol.dispose]: () => {
        this.#watcher?.close()
      },
    }
  }

  /** inotify watches what the name meant when the watch began. */
  #watchAgain(): void {
    const tell = this.#onChange
    if (tell === undefined) return
    this.#watcher?.close()
    this.#watcher = watch(this.#outside, (_event, file) => {
      // The end of the folder itself is told under its own name.
      if (file === null || file === path.basename(this.#outside)) return
      stat(this.#path(file)).then(
        (stats) => {
          tell(file, stats.size)
        },
        () => {
          tell(file, null)
        },
      )
    })
    // The folder vanishes with its node; what was seen until then is in the trace.
    this.#watcher.on('error', () => {
      this.#watcher?.close()
    })
  }

  #path(file: string): string {
    return path.join(this.#outside, file)
  }

  #content(installer: Installer): string {
    const text = JSON.stringify(installer.content, null, 2)
    return `${text.replaceAll('${confDir}', this.#inside)}\n`
  }
}
