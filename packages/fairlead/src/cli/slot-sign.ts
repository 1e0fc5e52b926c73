import { buildCommand } from '@stricli/core'
import type { CliContext } from './context.ts'
import { action, EXIT } from './exit.ts'

interface Flags {
  readonly key: string
}

/** `fairlead runtime-slot sign --key FILE SHA256SUMS`: signed checksums, for nodes that take no others. */
export const slotSignCommand = buildCommand<Flags, [string], CliContext>({
  docs: {
    brief: 'Sign the checksums of a version, for nodes that take only what is signed',
    fullDescription:
      'Prints what stage takes as --checksums where the config of a node has a publicKey.\n\n' +
      'Examples:\n' +
      '  openssl genpkey -algorithm ed25519 -out slots.key\n' +
      '  openssl pkey -in slots.key -pubout -out slots.pub\n' +
      '  sha256sum containerd containerd-shim-runc-v2 ctr >SHA256SUMS\n' +
      '  fairlead runtime-slot sign --key slots.key SHA256SUMS >SHA256SUMS.signed',
  },
  parameters: {
    flags: {
      key: {
        kind: 'parsed',
        parse: String,
        brief: 'The private key, in PEM',
        placeholder: 'file',
      },
    },
    positional: {
      kind: 'tuple',
      parameters: [{ brief: 'What sha256sum prints', parse: String, placeholder: 'file' }],
    },
  },
  func: action(async (context: CliContext, { key }: Flags, file: string) => {
    const [{ readPrivateKey }, { signChecksums }] = await Promise.all([
      import('../advisories/keys.ts'),
      import('../slots/checksums.ts'),
    ])
    context.process.stdout.write(await signChecksums(file, await readPrivateKey(key)))
    return EXIT.ok
  }),
})
