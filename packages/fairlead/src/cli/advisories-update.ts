import { buildCommand } from '@stricli/core'
import { FairleadError } from '../errors.ts'
import type { CliContext } from './context.ts'
import { action, EXIT } from './exit.ts'

interface Flags {
  readonly from: string
  readonly key?: string
}

/** `fairlead advisories update --from URL|FILE`: newer advisories than those that ship. */
export const advisoriesUpdateCommand = buildCommand<Flags, [], CliContext>({
  docs: {
    brief: 'Take newer advisories from a signed bundle',
    fullDescription:
      'Takes the advisories of a bundle into the state folder ($FAIRLEAD_STATE, or fairlead in\n' +
      '~/.local/state), if the key has signed it and it is not older than what is there. Whatever is newer,\n' +
      'they or those that ship, is used. Without it Fairlead never looks anywhere.\n\n' +
      'Examples:\n' +
      '  fairlead advisories update --from https://example.com/advisories.bundle --key advisories.pub\n' +
      '  FAIRLEAD_ADVISORIES_KEY=/etc/fairlead/advisories.pub fairlead advisories update --from a.bundle',
  },
  parameters: {
    flags: {
      from: {
        kind: 'parsed',
        parse: String,
        brief: 'The bundle',
        placeholder: 'url|file',
      },
      key: {
        kind: 'parsed',
        parse: String,
        optional: true,
        brief:
          'The public key that has to have signed it, in PEM [default: $FAIRLEAD_ADVISORIES_KEY]',
        placeholder: 'file',
      },
    },
  },
  func: action(async (context: CliContext, { from, key }: Flags) => {
    const { env, stderr } = context.process
    const keyFile = key ?? env['FAIRLEAD_ADVISORIES_KEY']
    if (!keyFile) {
      throw new FairleadError('FL_USAGE', 'There is no key to check the bundle with.', {
        hint: "Name the publisher's public key by --key or FAIRLEAD_ADVISORIES_KEY.",
      })
    }
    const [{ updateAdvisories }, { readPublicKey }, { defaultStateDir }, { loadKnowledge }] =
      await Promise.all([
        import('../advisories/update.ts'),
        import('../advisories/keys.ts'),
        import('../advisories/store.ts'),
        import('../advisories/knowledge.ts'),
      ])
    const { kind, sequence, created, count } = await updateAdvisories({
      from,
      publicKey: await readPublicKey(keyFile),
      stateDir: defaultStateDir(env),
      signal: context.signal,
    })
    const is = kind === 'same' ? 'is here already' : 'is here now'
    stderr.write(`Number ${sequence} of ${created.slice(0, 10)} ${is}: ${count} advisories.\n`)
    const current = await loadKnowledge(env)
    if (current.from === 'shipped') {
      stderr.write('The advisories that ship with this Fairlead are newer, and stay in use.\n')
    }
    return EXIT.ok
  }),
})
