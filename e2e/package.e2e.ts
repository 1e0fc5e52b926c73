import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cannotAttach } from './plugins/kernel.ts'
import { pluginDir, testOnNode } from './plugins/test-on-node.ts'

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..')
const PACKAGE = path.join(ROOT, 'packages', 'cni')
const DIST = path.join(PACKAGE, 'dist')
const TYPES = path.join(ROOT, 'node_modules', '@types')
const TSC = path.join(ROOT, 'node_modules', '.bin', 'tsc')

/** The first program of the README, as its readers copy it. */
const EXAMPLE = /^```ts\n(.*?)^```$/ms.exec(read('README.md'))?.[1] ?? ''

/** As strict as TypeScript goes, and with the package's own types checked, too. */
const TSCONFIG = {
  compilerOptions: {
    module: 'nodenext',
    target: 'es2024',
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: false,
    noEmit: true,
    allowImportingTsExtensions: true,
    types: ['node'],
    typeRoots: [TYPES],
  },
  include: ['*.ts'],
}

let folder: string
let files: string[]

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'fl-e2e-'))
  const packed = npm(['pack', '--json', '--pack-destination', folder], buildAfresh())
  const [{ filename, files: entries }] = JSON.parse(packed) as [Packed]
  files = entries.map((entry) => entry.path).sort()
  writeFileSync(path.join(folder, 'package.json'), '{ "name": "sample", "type": "module" }')
  writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify(TSCONFIG))
  writeFileSync(path.join(folder, 'attach.ts'), EXAMPLE)
  npm(['install', path.join(folder, filename), '--offline', '--no-audit', '--no-fund'], folder)
})

afterAll(() => {
  rmSync(folder, { recursive: true })
})

/** Builds it as a fresh checkout does: what is in `dist` here may be left of sources that are gone. */
function buildAfresh(): string {
  const copy = path.join(folder, 'checkout', 'packages', 'cni')
  cpSync(PACKAGE, copy, { recursive: true, filter: (source) => source !== DIST })
  cpSync(path.join(ROOT, 'tsconfig.base.json'), path.join(folder, 'checkout', 'tsconfig.base.json'))
  execFileSync(TSC, ['-p', copy, '--typeRoots', TYPES])
  return copy
}

interface Packed {
  readonly filename: string
  readonly files: readonly { readonly path: string }[]
}

function npm(args: readonly string[], cwd: string): string {
  // Not the settings of the `npm test` that this may run under.
  const env = Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name))
  return execFileSync('npm', args, { cwd, encoding: 'utf8', env: Object.fromEntries(env) })
}

function read(file: string): string {
  return readFileSync(path.join(PACKAGE, file), 'utf8')
}

function readInstalled(file: string): string {
  return readFileSync(path.join(folder, 'node_modules', '@fairlead', 'cni', file), 'utf8')
}

describe('the package', () => {
  test('is the program, its types, what its source maps show, and what one has to read', () => {
    const kinds = files.map((file) =>
      file.replace(/^(dist|src)\/.*?(\.d\.ts|\.js\.map|\.js|\.ts)$/, '$1 $2'),
    )
    expect([...new Set(kinds)].sort()).toEqual([
      'LICENSE',
      'README.md',
      'dist .d.ts',
      'dist .js',
      'dist .js.map',
      'package.json',
      'src .ts',
    ])
    expect(files.filter((file) => /test|bench|\.tsbuildinfo/.test(file))).toEqual([])
    expect(readInstalled('LICENSE')).toBe(readFileSync(path.join(ROOT, 'LICENSE'), 'utf8'))
  })

  test('has every file that its own files name', () => {
    const named = files
      .filter((file) => file.endsWith('.js.map'))
      .flatMap((file) => {
        const { sources } = JSON.parse(readInstalled(file)) as {
          readonly sources: readonly string[]
        }
        return [
          file.slice(0, -'.map'.length),
          ...sources.map((source) => path.join(path.dirname(file), source)),
        ]
      })
    const exported = JSON.stringify(JSON.parse(readInstalled('package.json')).exports).match(
      /(?<=")\.\/[^"]+\.\w+(?=")/g,
    )
    expect(
      [...named, ...(exported ?? []).map((file) => path.normalize(file))].filter(
        (file) => !files.includes(file),
      ),
    ).toEqual([])
    expect(exported).toContain('./dist/index.js')
  })

  test('depends on nothing', () => {
    const list = JSON.parse(npm(['ls', '--all', '--json'], folder))
    expect(Object.keys(list.dependencies)).toEqual(['@fairlead/cni'])
    expect(list.dependencies['@fairlead/cni'].dependencies).toBeUndefined()
  })

  test.each(["await import('@fairlead/cni')", "require('@fairlead/cni')"])(
    'is loaded by %s, with the same names as its source',
    async (load) => {
      const script = `console.log(JSON.stringify(Object.keys(${load})))`
      const type = load.startsWith('await') ? 'module' : 'commonjs'
      const args = [`--input-type=${type}`, '-e', script]
      const printed = execFileSync(process.execPath, args, { cwd: folder, encoding: 'utf8' })
      const source = await import('../packages/cni/src/index.ts')
      expect(new Set(JSON.parse(printed))).toEqual(new Set(Object.keys(source)))
    },
  )
})

describe("the README's example", () => {
  test('is about 15 lines', () => {
    expect(EXAMPLE.split('\n').filter((line) => line.trim() !== '').length).toBeLessThanOrEqual(16)
  })

  test('passes the strictest type check', () => {
    const { status, stdout } = spawnSync(TSC, ['-p', folder], { encoding: 'utf8' })
    expect(stdout).toBe('')
    expect(status).toBe(0)
  })

  test('does not pass with an outcome that was not looked at', () => {
    const careless = EXAMPLE.replace('if (!added.ok) throw added.error\n', '')
    expect(careless).not.toBe(EXAMPLE)
    writeFileSync(path.join(folder, 'careless.ts'), careless)
    const { stdout } = spawnSync(TSC, ['-p', folder], { encoding: 'utf8' })
    rmSync(path.join(folder, 'careless.ts'))
    expect(stdout).toMatch(
      /careless\.ts\(.*: Property 'value' does not exist on type 'CniOutcome<Result>'/,
    )
  })

  testOnNode().skipIf(cannotAttach !== undefined)('attaches a container', async ({ node }) => {
    const netns = await node.addContainer('demo')
    const command = [process.execPath, path.join(folder, 'attach.ts'), await pluginDir(), netns]
    expect(await node.run(command)).toEqual({ code: 0, out: '10.22.0.2/16\n', err: '' })
    expect(await node.sh('ip -br -4 addr show dev eth0', 'demo')).toContain('10.22.0.2/16')
    expect(await node.pings('demo', '10.22.0.1')).toBe(true)
    expect(await node.sh('ls /var/lib/cni/results')).toBe('demo-demo-eth0\n')
  })
})
