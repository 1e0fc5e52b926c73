import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { BinaryContent, Content } from './case.ts'

/** A plugin that answers as one does; what it is called decides what it says. */
const PLUGIN = `#!/bin/sh
stdin=$(cat)
version=$(printf %s "$stdin" | sed -n 's/.*"cniVersion": *"\\([^"]*\\)".*/\\1/p')
case $CNI_COMMAND,\${0##*/} in
  VERSION,old) echo '{"cniVersion":"1.0.0","supportedVersions":["0.3.1","0.4.0","1.0.0"]}' ;;
  VERSION,*) echo '{"cniVersion":"1.1.0","supportedVersions":["0.3.1","0.4.0","1.0.0","1.1.0"]}' ;;
  STATUS,not-ready) echo '{"cniVersion":"1.1.0","code":50,"msg":"not ready here"}'; exit 1 ;;
  STATUS,old) echo '{"cniVersion":"1.1.0","code":1,"msg":"incompatible CNI versions"}'; exit 1 ;;
  ADD,*) printf '{"cniVersion":"%s","interfaces":[{"name":"%s","sandbox":"%s"}],"ips":[{"version":"4","address":"10.1.0.2/24","interface":0}]}' "$version" "$CNI_IFNAME" "$CNI_NETNS" ;;
esac
`

/** The conf dir and the bin dir of a containerd, which hold something else from case to case. */
export class LintedFolders implements Disposable {
  readonly confDir: string
  readonly binDir: string
  readonly #servers: Server[] = []

  constructor(confDir: string, binDir: string) {
    this.confDir = confDir
    this.binDir = binDir
  }

  /** Empties the conf dir and puts these files into it. */
  async replaceFiles(files: Readonly<Record<string, Content>>): Promise<void> {
    // A socket that somebody listens on keeps its folder from being gone.
    for (const server of this.#servers.splice(0))
      await new Promise((resolve) => server.close(resolve))
    for (const name of await readdir(this.confDir)) {
      await rm(path.join(this.confDir, name), { recursive: true })
    }
    await this.put(files)
  }

  /** Fills the bin dir with plugins that work, but for those that are given. */
  async putBinaries(others: Readonly<Record<string, BinaryContent>>): Promise<void> {
    await rm(this.binDir, { recursive: true })
    await mkdir(this.binDir)
    for (const name of ['good', 'other', 'not-ready', 'old', 'loopback']) {
      await writeFile(path.join(this.binDir, name), PLUGIN, { mode: 0o755 })
    }
    for (const [name, content] of Object.entries(others)) {
      const file = path.join(this.binDir, name)
      await rm(file, { force: true })
      if (content === 'none') continue
      await writeFile(file, content.bytes ?? PLUGIN, { mode: content.mode ?? 0o755 })
    }
  }

  /** Puts files into the conf dir. */
  async put(files: Readonly<Record<string, Content>>): Promise<void> {
    for (const [name, content] of Object.entries(files)) await this.#put(name, content)
  }

  [Symbol.dispose](): void {
    for (const server of this.#servers) server.close()
  }

  async #put(name: string, content: Content): Promise<void> {
    const file = path.join(this.confDir, name)
    await mkdir(path.dirname(file), { recursive: true })
    if (typeof content === 'string') return writeFile(file, content)
    if ('json' in content) return writeFile(file, JSON.stringify(content.json))
    if ('bytes' in content) return writeFile(file, content.bytes)
    if ('linkTo' in content) return symlink(content.linkTo, file)
    if (content.is === 'folder') {
      await mkdir(file, { recursive: true })
      return
    }
    // By a link: the path of a socket has 108 bytes at most.
    const short = await mkdtemp(path.join(tmpdir(), 'fl-'))
    await symlink(path.dirname(file), path.join(short, 'd'))
    const server = createServer()
    this.#servers.push(server)
    const listening = once(server, 'listening')
    server.listen(path.join(short, 'd', path.basename(file)))
    await listening
    await rm(short, { recursive: true })
  }
}
