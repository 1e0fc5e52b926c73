import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'
import { debianPackages } from '../debian.ts'

type Json = Readonly<Record<string, unknown>>

/** The examples of the spec, in its order. */
export interface SpecExamples {
  /** Section 1, "Example configuration". */
  readonly configuration: Json
  /** What plugins are given in the appendix: ADD, CHECK and DEL of three plugins each. */
  readonly requests: readonly Json[]
  /** What they answer: `host-local`, `bridge` and `tuning`. */
  readonly results: readonly Json[]
  /** Section 5, "Error". */
  readonly error: Json
  /** Section 5, "VERSION Success" and "Version". */
  readonly versions: readonly Json[]
}

/** Reads the examples out of Debian's copy of the CNI spec 1.1.0. */
export async function specExamples(): Promise<SpecExamples> {
  const dir = await debianPackages('forky', ['golang-github-appc-cni-dev'])
  const file = path.join(dir, 'usr/share/doc/golang-github-appc-cni-dev/SPEC.md.gz')
  const text = gunzipSync(await readFile(file)).toString()
  const [body = '', appendix = ''] = text.split('## Appendix: Examples')
  const blocks = blocksOf(body)
  const configuration = blocks.find((block) => 'plugins' in block)
  const error = blocks.find((block) => 'code' in block)
  if (configuration === undefined || error === undefined) throw new Error('another spec')
  const examples = blocksOf(appendix)
  return {
    configuration,
    requests: examples.filter((example) => 'type' in example),
    results: examples.filter((example) => !('type' in example)),
    error,
    versions: blocks.filter((block) => 'supportedVersions' in block),
  }
}

function blocksOf(markdown: string): readonly Json[] {
  return [...markdown.matchAll(/^```jsonc?\n(.*?)^```$/gms)].flatMap(([, block = '']) => {
    const uncommented = block.replaceAll(/^\s*\/\/.*$/gm, '')
    // One of section 3 is an excerpt, with "..." in it.
    return uncommented.includes('...') ? [] : [JSON.parse(uncommented) as Json]
  })
}
