import { fileURLToPath } from 'node:url'
import type { RuntimeInstall } from '../../packages/fairlead/src/lab/runtimes/install.ts'
import type { FlawName } from './flaws.ts'

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url))

/** A runtime with one flaw, to be put through the lab as any other. */
export function stub(flaw: FlawName): RuntimeInstall {
  return {
    kind: 'embedded',
    name: `stub:${flaw}`,
    version: { text: 'stub' },
    command: [process.execPath, '--conditions=fairlead-source', MAIN, flaw],
  }
}
