import { buildCommand } from '@stricli/core'
import type { CliContext } from './context.ts'
import { action, EXIT } from './exit.ts'
import { cacheFlag, outputFlag } from './flags.ts'
import { table } from './table.ts'

interface Flags {
  readonly output: 'table' | 'json'
  readonly cache?: string
}

/** `fairlead lab runtimes`: which runtimes can be had here, from where, and what is cached. */
export const labRuntimesCommand = buildCommand<Flags, [], CliContext>({
  docs: {
    brief: 'List the runtimes that can be had here, from where, and what is cached',
    fullDescription:
      'Names for --runtime. Fetched runtimes are unpacked into the cache and used from there; remove\n' +
      'a folder of the cache to fetch it anew.\n\nExample:\n  fairlead lab runtimes -o json',
  },
  parameters: { flags: { output: outputFlag, cache: cacheFlag }, aliases: { o: 'output' } },
  func: action(async (context: CliContext, flags: Flags) => {
    const { listRuntimes } = await import('../lab/runtimes/list.ts')
    const { defaultCacheDir } = await import('../lab/runtimes/cache.ts')
    const { RELEASE_SITE } = await import('../lab/runtimes/release.ts')
    const { env, stdout } = context.process
    const cacheDir = flags.cache ?? defaultCacheDir(env)
    const runtimes = await listRuntimes({
      cacheDir,
      mirror: RELEASE_SITE,
      env,
      signal: context.signal,
      onFetch: () => {},
    })
    if (flags.output === 'json') {
      stdout.write(`${JSON.stringify({ cacheDir, runtimes }, null, 2)}\n`)
      return EXIT.ok
    }
    const rows = runtimes.map(({ name, from, state }) => [name, from, state])
    stdout.write(table(['RUNTIME', 'FROM', 'HERE'], rows))
    stdout.write(`\nThe cache is ${cacheDir}.\n`)
    return EXIT.ok
  }),
})
