import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const ROOT = path.resolve(import.meta.dirname, '..')
const PACKAGES = ['@fairlead/cni', '@fairlead/networks', '@fairlead/cri', 'fairlead']

let folder: string

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'fl-e2e-'))
})

afterAll(() => {
  rmSync(folder, { recursive: true })
})

/** What a Fairlead that lies somewhere else does with its own files. */
function workOf(fairlead: readonly [string, ...string[]], env: NodeJS.ProcessEnv) {
  const run = (...args: string[]) =>
    execFileSync(fairlead[0], [...fairlead.slice(1), ...args], {
      cwd: folder,
      env,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
  const report = path.join(folder, 'report')
  const scenario = 'second-network-arrives'
  const [, started = ''] =
    /ExecStart=(.*) agent run/.exec(
      run('agent', 'install', '--dry-run', '--distribution=kubeadm', '--runtime=containerd@2.1.9'),
    ) ?? []
  const work = {
    version: run('--version'),
    versionInItsUnit: execFileSync('sh', ['-c', `${started} --version`], { encoding: 'utf8', env }),
    scenario: run('lab', 'check', scenario),
    advisory: run('advisories', 'show', 'containerd-go-cni-recursive-rlock-deadlock'),
    lab: run('lab', 'run', '--runtime', 'fairlead', '--scenario', scenario, '--report', report),
    report: readdirSync(report),
  }
  rmSync(report, { recursive: true })
  return work
}

const AS_IN_THE_CHECKOUT = {
  version: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
  versionInItsUnit: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
  scenario: expect.stringMatching(/^second-network-arrives: valid/),
  advisory: expect.stringMatching(/^critical /),
  lab: expect.stringContaining(' pass '),
  report: expect.arrayContaining(['report.html', 'report.json']),
}

describe('Fairlead does its work without the checkout', () => {
  test('as npm packages', { timeout: 120_000 }, () => {
    const env = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)),
    )
    const npm = (args: readonly string[], cwd: string) =>
      execFileSync('npm', args, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
    const workspaces = PACKAGES.flatMap((name) => ['--workspace', name])
    npm(['pack', ...workspaces, '--pack-destination', folder], ROOT)
    writeFileSync(path.join(folder, 'package.json'), '{ "name": "sample" }')
    const files = readdirSync(folder).filter((file) => file.endsWith('.tgz'))
    npm(
      [
        'install',
        '--prefer-offline',
        '--no-audit',
        '--no-fund',
        ...files.map((file) => `./${file}`),
      ],
      folder,
    )
    const bin = path.join(folder, 'node_modules', 'fairlead', 'bin', 'fairlead.js')
    expect(workOf([process.execPath, bin], process.env)).toEqual(AS_IN_THE_CHECKOUT)
  })

  test('as one file, on a node without Node.js', { timeout: 120_000 }, () => {
    const file = path.join(folder, 'fairlead-executable')
    const script = path.join(ROOT, 'node_modules', '.bin', 'vite')
    const config = path.join(ROOT, 'packages', 'fairlead', 'vite.executable.config.ts')
    execFileSync(script, ['build', '-c', config, '--logLevel', 'warn'], { cwd: ROOT })
    execFileSync(process.execPath, [path.join(ROOT, 'tools', 'executable.ts'), file], {
      cwd: ROOT,
      stdio: 'ignore',
    })
    expect(
      workOf([file], { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: folder, TMPDIR: folder }),
    ).toEqual(AS_IN_THE_CHECKOUT)
    // What it had unpacked is gone.
    expect(readdirSync(folder).filter((name) => /^fairlead-\w{6}$/.test(name))).toEqual([])
  })
})
