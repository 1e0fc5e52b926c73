import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { performance } from 'node:perf_hooks'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { environment, fairlead, fixture, MARK, startFairlead, unable, until } from './support.ts'

describe.skipIf(unable !== undefined)('the doctor, on a node whose containerd hangs', () => {
  let folder: string
  let lab: ReturnType<typeof startFairlead>
  let root: string

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'fl-e2e-'))
    lab = startFairlead(
      ['lab', 'run', '--runtime', 'containerd@debian:forky', '--scenario', fixture('hung')],
      folder,
    )
    await until(() => lab.written.err.includes('wait 600 s'))
    root = `/proc/${containerd()}/root`
    // So long that a plugin is not taken for one that has just begun.
    await delay(8000)
  })

  afterAll(async () => {
    lab.child.kill('SIGINT')
    await lab.ended
    await rm(folder, { recursive: true })
  })

  const doctor = (...more: string[]) =>
    fairlead(
      // prettier-ignore
      [
        'doctor', '--socket', `unix://${root}/run/containerd/containerd.sock`,
        '--conf-dir', `${root}/run/fairlead/net.d`, '--bin-dir', `${root}/run/fairlead/cni-bin`, ...more,
      ],
      folder,
    )

  test('names the plugin, its pid, verb and age within 5 s, and changes nothing', async () => {
    const before = stateOf(root)
    const startMs = performance.now()
    const { code, out, err } = await doctor()
    const tookMs = performance.now() - startMs
    expect(out + err).toMatch(
      /cilium-cni \(pid \d+\) has run ADD for \d+ s for pod \S+ \(sandbox \w+\), started by containerd \(pid \d+\)/,
    )
    expect(out).toContain('Status has not answered within 2000 ms')
    expect(code).toBe(1)
    expect(tookMs).toBeLessThan(5000)
    expect(stateOf(root)).toEqual(before)
  })

  test('with a dump, is certain which lock it is', async () => {
    const { code, out, err } = await doctor('--dump', '-o', 'json')
    expect(code, err).toBe(1)
    const [node] = JSON.parse(out).nodes
    expect(node.findings[0]).toMatchObject({
      advisory: 'containerd-status-blocked-by-slow-add-plus-reload',
      sure: 'certain',
    })
  })
})

test.skipIf(unable !== undefined)(
  'a socket that is not there is told, with no finding made up',
  async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'fl-e2e-'))
    const { out, code } = await fairlead(
      ['doctor', '--socket', `${folder}/no.sock`, '--conf-dir', folder],
      folder,
    )
    await rm(folder, { recursive: true })
    expect(out).not.toContain('has run ADD')
    expect([0, 1]).toContain(code)
  },
)

/** The containerd of the lab that this test has started. */
function containerd(): string {
  const found = readdirSync('/proc').filter(
    (pid) =>
      /^\d+$/.test(pid) &&
      environment(pid).includes(MARK) &&
      readFileSync(`/proc/${pid}/comm`, 'utf8') === 'containerd\n',
  )
  const [pid, ...others] = found
  if (pid === undefined || others.length > 0) throw new Error(`${found.length} containerds`)
  return pid
}

/** A checksum of every file that a doctor could touch, and the processes of the trial. */
function stateOf(root: string) {
  const folders = ['run/fairlead/net.d', 'run/fairlead/cni-bin', 'run/containerd', 'var/lib/cni']
  const processes = readdirSync('/proc').filter(
    (pid) => /^\d+$/.test(pid) && environment(pid).includes(MARK),
  )
  return { folders: folders.map((dir) => checksum(path.join(root, dir))), processes }
}

function checksum(dir: string): string {
  const hash = createHash('sha256')
  const entries = readdirSync(dir, { recursive: true, withFileTypes: true })
  for (const entry of entries.toSorted((a, b) => (pathOf(a) < pathOf(b) ? -1 : 1))) {
    const stats = statSync(pathOf(entry), { throwIfNoEntry: false })
    hash.update(`${pathOf(entry)} ${stats?.mode} ${stats?.ino} ${stats?.mtimeMs}\n`)
    if (entry.isFile()) hash.update(readFileSync(pathOf(entry)))
  }
  return hash.digest('hex')
}

function pathOf(entry: { readonly parentPath: string; readonly name: string }): string {
  return path.join(entry.parentPath, entry.name)
}
