import { buildCommand } from '@stricli/core'
import type { CliContext } from './context.ts'
import { action, EXIT } from './exit.ts'
import { wholeNumber } from './flags.ts'

interface Flags {
  readonly key: string
  readonly output: string
  readonly sequence?: number
}

/** `fairlead advisories export --key FILE -o FILE [DIR]`: a signed bundle of advisories. */
export const advisoriesExportCommand = buildCommand<Flags, [string?], CliContext>({
  docs: {
    brief: 'Make a signed bundle of advisories, for others to update from',
    fullDescription:
      'Signs a folder of advisories with an Ed25519 key. Its place among other bundles is the time it was\n' +
      'made at, in seconds, unless --sequence says otherwise.\n\n' +
      'Examples:\n' +
      '  openssl genpkey -algorithm ed25519 -out advisories.key\n' +
      '  openssl pkey -in advisories.key -pubout -out advisories.pub\n' +
      '  fairlead advisories export --key advisories.key -o advisories.bundle',
  },
  parameters: {
    flags: {
      key: {
        kind: 'parsed',
        parse: String,
        brief: 'The private key, in PEM',
        placeholder: 'file',
      },
      output: { kind: 'parsed', parse: String, brief: 'The bundle to write', placeholder: 'file' },
      sequence: {
        kind: 'parsed',
        parse: (text: string) => wholeNumber(text, 0),
        optional: true,
        brief: 'The place among other bundles; one that is lower than before is refused',
        placeholder: 'number',
      },
    },
    aliases: { o: 'output' },
    positional: {
      kind: 'tuple',
      parameters: [
        {
          brief: 'A folder of advisories [default: those that ship]',
          parse: String,
          placeholder: 'dir',
          optional: true,
        },
      ],
    },
  },
  func: action(async (context: CliContext, { key, output, sequence }: Flags, dir?: string) => {
    const [{ exportAdvisories }, { readPrivateKey }, { shippedDir }, { wallClockMs }] =
      await Promise.all([
        import('../advisories/export.ts'),
        import('../advisories/keys.ts'),
        import('../shipped-dir.ts'),
        import('../ports.ts'),
      ])
    const made = await exportAdvisories({
      dir: dir ?? shippedDir('advisories'),
      file: output,
      privateKey: await readPrivateKey(key),
      atMs: wallClockMs(),
      ...(sequence === undefined ? {} : { sequence }),
    })
    context.process.stderr.write(`${output}: ${made.count} advisories, number ${made.sequence}.\n`)
    return EXIT.ok
  }),
})
