import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { BIN, CACHE, fairlead, fixture, unable } from './support.ts'

describe.skipIf(unable !== undefined)('a runtime', () => {
  let folder: string

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'fl-e2e-'))
  })

  afterAll(async () => {
    await rm(folder, { recursive: true })
  })

  const quick = ['--scenario', fixture('quick')]

  test.each(['bookworm', 'trixie', 'forky'])('of Debian %s runs pods', async (suite) => {
    const { code, out, err } = await fairlead(
      ['lab', 'run', '--runtime', `containerd@debian:${suite}`, ...quick],
      folder,
    )
    expect(code, out + err).toBe(0)
  })

  test('is the embedded one when none is named or found, and nothing is fetched', async () => {
    const cache = path.join(folder, 'empty-cache')
    const { code, out, err } = await fairlead(['lab', 'run', '--cache', cache, ...quick], folder, {
      PATH: (process.env['PATH'] ?? '')
        .split(':')
        .filter((dir) => !existsSync(path.join(dir, 'containerd')))
        .join(':'),
    })
    expect(code, out + err).toBe(0)
    expect(out).toMatch(/^fairlead \(/m)
    expect(err).not.toContain('Fetching')
    expect(existsSync(cache)).toBe(false)
  })

  test('of a release is fetched from a mirror, checked, and runs pods', async () => {
    const usr = path.join(CACHE, 'containerd-debian-trixie', 'usr')
    const archive = path.join(folder, 'release.tar.gz')
    execFileSync('tar', ['-C', usr, '-czf', archive, 'bin'])
    const bytes = readFileSync(archive)
    const sum = createHash('sha256').update(bytes).digest('hex')
    const server = createServer((request, response) => {
      response.end(request.url?.endsWith('.sha256sum') ? `${sum}  x\n` : bytes)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : undefined
    const { code, out, err } = await fairlead(
      // prettier-ignore
      [
        'lab', 'run', '--runtime', 'containerd@1.7.24', '--mirror', `http://127.0.0.1:${port}`,
        '--cache', path.join(folder, 'cache'), ...quick,
      ],
      folder,
    )
    server.close()
    expect(code, out + err).toBe(0)
    expect(out).toContain('containerd@1.7.24 (1.7.24~ds1)')
    expect(await readdir(path.join(folder, 'cache'))).toEqual(['containerd-release-1.7.24'])
  })

  test('of a suite that does not exist is refused, and nothing stays', async () => {
    const cache = path.join(folder, 'empty-cache')
    const { code, err } = await fairlead(
      ['lab', 'run', '--runtime', 'containerd@debian:nosuch', '--cache', cache, ...quick],
      folder,
    )
    expect(code).toBe(2)
    expect(err).toContain('Debian has no suite "nosuch".')
    expect(await readdir(cache)).toEqual([])
  })

  test('is not run by anybody but root, who is told of the one that is', () => {
    const asNobody = ['--reuid', '65534', '--regid', '65534', '--clear-groups', process.execPath]
    const readable = spawnSync('setpriv', [...asNobody, '--check', BIN]).status === 0
    // A checkout below /root cannot be read by anybody else, whatever Fairlead does.
    if (!readable) return
    const { status, stderr } = spawnSync(
      'setpriv',
      [...asNobody, BIN, 'lab', 'run', '--runtime', 'containerd@debian:trixie', ...quick],
      {
        encoding: 'utf8',
        cwd: '/',
      },
    )
    expect(status).toBe(2)
    expect(stderr).toContain('a real runtime takes root')
    expect(stderr).toContain('--runtime fairlead')
  })

  test('is not asked for a report where none can be written', async () => {
    const { code, err } = await fairlead(
      ['lab', 'run', '--runtime', 'containerd@debian:trixie', '--report', '/proc/x', ...quick],
      folder,
    )
    expect(code).toBe(2)
    expect(err).toContain('The report cannot be written to /proc/x')
  })
})
