import { execFileSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { lockFile, shippedPackages } from '../tools/shipped-packages.ts'

const LOCK_FILES = ['package-lock.json', 'website/package-lock.json'] as const
const shipped = shippedPackages(await lockFile('package-lock.json'))

/** Licences of what ships: none asks more of a user than to keep its text. */
const LICENSES: ReadonlySet<string | undefined> = new Set([
  '(Apache-2.0 AND BSD-3-Clause)',
  'Apache-2.0',
  'BSD-3-Clause',
  'ISC',
  'MIT',
])

test.each(LOCK_FILES)(
  '%s pins every package of others by a hash, from the registry',
  async (file) => {
    const odd = Object.entries(await lockFile(file)).filter(
      ([place, { link, integrity, resolved }]) => {
        if (!place.includes('node_modules/')) return false
        if (link === true) return !/^packages\/\w+$/.test(resolved ?? '')
        // Where it says nothing the user's own registry counts; git and tarballs of elsewhere say it.
        const isOfRegistry = resolved?.startsWith('https://registry.npmjs.org/') ?? true
        return !isOfRegistry || !/^sha512-[\w+/]{86}==$/.test(integrity ?? '')
      },
    )
    expect(odd).toEqual([])
  },
)

test('only what is known runs a script when it is installed', async () => {
  const scripts = async (file: string) =>
    Object.entries(await lockFile(file)).flatMap(([place, { hasInstallScript = false }]) =>
      hasInstallScript && place.startsWith('node_modules/') ? [place] : [],
    )
  expect(await scripts('package-lock.json')).toEqual(['node_modules/node'])
  // The site is installed with --ignore-scripts (docs:build).
  expect(await scripts('website/package-lock.json')).toEqual(['node_modules/esbuild'])
  const { allowScripts, scripts: own } = JSON.parse(await readFile('package.json', 'utf8'))
  expect(allowScripts).toEqual({ node: true })
  expect(own['docs:build']).toContain('ci --ignore-scripts')
})

test('what ships has a licence that is allowed, and is in the manual', async () => {
  for (const [name, { license }] of shipped)
    expect(LICENSES, `${name}: ${license}`).toContain(license)
  const manual = await readFile('docs/security.md', 'utf8')
  for (const name of shipped.keys()) expect(manual).toContain(name.replace(/@[^@]*$/, ''))
})

test('the list of contents that a release carries has all that ships, with hashes, and nothing else', () => {
  const sbom: {
    readonly components: readonly {
      readonly 'bom-ref': string
      readonly hashes?: readonly { readonly content: string }[]
    }[]
  } = JSON.parse(execFileSync(process.execPath, ['tools/sbom.ts'], { encoding: 'utf8' }))
  const listed = new Map(
    sbom.components.map((each) => [each['bom-ref'], each.hashes?.[0]?.content]),
  )
  for (const [ref, { integrity = '' }] of shipped) {
    const hex = Buffer.from(integrity.replace('sha512-', ''), 'base64').toString('hex')
    expect(listed.get(ref), ref).toBe(hex)
    listed.delete(ref)
  }
  expect([...listed.keys()].map((ref) => ref.replace(/@[^@]*$/, '')).toSorted()).toEqual([
    '@fairlead/cni',
    '@fairlead/cri',
    '@fairlead/networks',
    'fairlead',
    'node',
  ])
})

test.each(['audit', 'release'])(
  'the workflow %s audits what is installed, and its signatures',
  async (name) => {
    const workflow: {
      readonly jobs: Readonly<Record<string, { readonly steps: readonly object[] }>>
    } = parse(await readFile(`.github/workflows/${name}.yaml`, 'utf8'))
    const steps = Object.values(workflow.jobs).flatMap((job) => job.steps)
    const runs = steps.flatMap((step) => ('run' in step ? [String(step.run)] : []))
    expect(runs.some((run) => /^npm audit(?: --omit=dev)?$/.test(run))).toBe(true)
    expect(runs).toContain('npm audit signatures')
    const { scripts } = JSON.parse(await readFile('package.json', 'utf8'))
    for (const [, script = ''] of runs.join('\n').matchAll(/npm run (?:-s )?([\w:-]+)/g)) {
      expect(scripts).toHaveProperty([script])
    }
  },
)
