import { readFileSync } from 'node:fs'
import { getAsset, isSea } from 'node:sea'

const manifest: { readonly version?: unknown } = JSON.parse(
  isSea()
    ? getAsset('package.json', 'utf8')
    : // One folder up from both src/ and dist/ lies the package's own manifest.
      readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
)

/** The version of this package. */
export const VERSION: string = String(manifest.version)
