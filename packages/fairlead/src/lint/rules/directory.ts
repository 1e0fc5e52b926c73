import { type Finding, inDir, type Rule, type RuleInput } from './rule.ts'

/** The folder itself: there, not empty, no link. */
export const directoryRules: Rule = (input) => [
  ...missing(input),
  ...empty(input),
  ...link(input),
  ...loadFails(input),
]

function missing({ reading, outcome }: RuleInput): readonly Finding[] {
  if (reading.kind === 'folder') return []
  const probe = reading.kind === 'missing' ? 'conf-dir-missing' : 'conf-file-unreadable'
  const why = outcome.load.state === 'nothing' ? outcome.load.why : 'it cannot be read'
  return [
    {
      probe,
      severity: 'error',
      file: reading.dir,
      text: `There is no network and NetworkReady is False: ${why}.`,
      nextStep:
        'Is this the folder that the runtime is configured with, and that the CNI writes to? Both have to name the same one.',
    },
  ]
}

function empty({ reading, outcome, files }: RuleInput): readonly Finding[] {
  if (reading.kind !== 'folder' || files.length > 0 || outcome.load.state !== 'nothing') return []
  return [
    {
      probe: 'conf-dir-empty',
      severity: 'error',
      file: reading.dir,
      text: `There is no network and NetworkReady is False: ${outcome.load.why}.`,
      nextStep:
        'Wait for the CNI to write its file, or look why it has not (the logs of its pod on this node).',
    },
  ]
}

function link({ reading, runtime }: RuleInput): readonly Finding[] {
  if (reading.kind !== 'folder' || reading.linksTo === undefined) return []
  if (runtime.kind === 'fairlead') return []
  return [
    {
      probe: 'conf-dir-is-link',
      severity: 'warning',
      file: reading.dir,
      text: `The folder is reached by a link, to ${reading.linksTo}: when the link is pointed elsewhere, ${runtime.name} keeps the networks of the old folder.`,
      nextStep:
        'Configure the runtime with the folder itself, or restart it after the link has changed.',
    },
  ]
}

function loadFails(input: RuleInput): readonly Finding[] {
  const { load } = input.outcome
  if (load.state === 'failed') {
    return [
      {
        probe: 'conf-load-fails',
        severity: 'error',
        file: inDir(input, load.cause),
        text: `The load fails on ${load.file} and leaves no network at all: NetworkReady is False, no pod starts and none can be removed.`,
        nextStep: `Repair ${load.cause}, or move it out of the folder: that reloads the rest.`,
      },
    ]
  }
  if (load.state !== 'blocked') return []
  return [
    {
      probe: 'conf-load-fails',
      severity: 'error',
      file: inDir(input, load.cause),
      text: `The load waits for ever at ${load.file}, and every Status call waits behind it.`,
      nextStep: `Remove ${load.cause} and restart the runtime.`,
    },
  ]
}
