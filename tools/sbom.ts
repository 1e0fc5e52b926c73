// Prints a CycloneDX list of what a release holds: npm's own (`npm sbom`), without what is only built and tested with,
// and with Node.js itself, which the single-file executable has in it. Not `npm sbom --omit dev`: that leaves out what
// ships and is a dependency of a tool, too (npm 11.19: zod, yaml and smol-toml).
//
//   npm run -s sbom
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { lockFile, shippedPackages } from './shipped-packages.ts'

interface Sbom {
  readonly metadata: { readonly component: object }
  readonly components: readonly { readonly 'bom-ref': string }[]
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[]
}

const { stdout } = await promisify(execFile)(
  'npm',
  ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only'],
  { maxBuffer: 64 * 1024 * 1024 },
)
const all: Sbom = JSON.parse(stdout)
const shipped = shippedPackages(await lockFile('package-lock.json'))
const isShipped = (ref: string) => shipped.has(ref) || /^(?:@fairlead\/|fairlead@)/.test(ref)
const version = process.version.slice(1)
const node = {
  'bom-ref': `node@${version}`,
  type: 'application',
  name: 'node',
  version,
  purl: `pkg:generic/node@${version}`,
  licenses: [{ license: { id: 'MIT' } }],
}
const sbom = {
  ...all,
  metadata: { ...all.metadata, component: { ...all.metadata.component, name: 'fairlead' } },
  components: [...all.components.filter((each) => isShipped(each['bom-ref'])), node],
  dependencies: all.dependencies
    .filter(({ ref }) => isShipped(ref))
    .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter(isShipped) })),
}
process.stdout.write(`${JSON.stringify(sbom, null, 2)}\n`)
