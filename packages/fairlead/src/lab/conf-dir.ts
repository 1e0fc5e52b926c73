import { watch } from 'node:fs'
import { open, rename, rm, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Clock } from '../ports.ts'
import type { Installer } from './stack.ts'

/** The runtime's conf dir, written to as the installers of a stack do. */
export class ConfDir {
  readonly #outside: string
  readonly #inside: string
  readonly #clock: Clock

  /** `outside` and `inside` are one folder, as this process and as the runtime see it. */
  constructor(options: { outside: string; inside: string; clock: Clock }) {
    this.#outside = options.outside
    this.#inside = options.inside
    this.#clock = options.clock
  }

  /** Puts an installer's file there as the last boot left it; resolves to its size. */
  async leave(installer: Installer): Promise<number> {
    const content = this.#content(installer)
    await writeFile(this.#path(installer.file), content, { mode: 0o600 })
    return Buffer.byteLength(content)
  }

  /** Writes an installer's file whole, in the installer's own manner. */
  async install(installer: Installer): Promise<void> {
    if (installer.manner === 'truncate') {
      await writeFile(this.#path(installer.file), this.#content(installer), { mode: 0o600 })
      return
    }
    const temporary = this.#path(installer.tempFile ?? `.${installer.file}.tmp`)
    await writeFile(temporary, this.#content(installer), { mode: 0o600, flush: true })
    await rename(temporary, this.#path(installer.file))
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
    await writeFile(this.#path(file), text)
  }

  async remove(file: string): Promise<void> {
    await rm(this.#path(file), { force: true })
  }

  /** Tells of each change as it happens, until disposed of. `sizeBytes` is null for a file gone. */
  watch(onChange: (file: string, sizeBytes: number | null) => void): Disposable {
    const watcher = watch(this.#outside, (_event, file) => {
      if (file === null) return
      stat(this.#path(file)).then(
        (stats) => {
          onChange(file, stats.size)
        },
        () => {
          onChange(file, null)
        },
      )
    })
    // The folder vanishes with its node; what was seen until then is in the trace.
    watcher.on('error', () => {
      watcher.close()
    })
    return {
      [Symbol.dispose]: () => {
        watcher.close()
      },
    }
  }

  #path(file: string): string {
    return path.join(this.#outside, file)
  }

  #content(installer: Installer): string {
    const text = JSON.stringify(installer.content, null, 2)
    return `${text.replaceAll('${confDir}', this.#inside)}\n`
  }
}
