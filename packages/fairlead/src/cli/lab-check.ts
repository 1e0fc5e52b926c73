import { buildCommand } from '@stricli/core'
import type { LoadedScenario } from '../lab/scenario-files.ts'
import type { CliContext } from './context.ts'
import { action, EXIT } from './exit.ts'
import { shippedNames } from './shipped-names.ts'
import { outputFlag } from './flags.ts'

interface Flags {
  readonly output: 'table' | 'json'
}

/** `fairlead lab check FILE...`: whether scenarios, and the stacks they name, are valid. */
export const labCheckCommand = buildCommand<Flags, string[], CliContext>({
  docs: {
    brief: 'Say whether a scenario is valid, and what it will do',
    fullDescription:
      'Reads scenarios and the stacks that they name, and says what is wrong with line and column, or\n' +
      'what will happen. Runs nothing, and takes no root. Exit code 2 for a file that is not valid.\n\n' +
      'Examples:\n' +
      '  fairlead lab check ./my-cni-restarts.yaml\n' +
      '  fairlead lab check slow-add-reload',
  },
  parameters: {
    flags: { output: outputFlag },
    aliases: { o: 'output' },
    positional: {
      kind: 'array',
      parameter: {
        brief: 'A file, or the name of one that ships',
        parse: String,
        placeholder: 'scenario',
        proposeCompletions: (partial) => shippedNames('scenarios', partial),
      },
      minimum: 1,
    },
  },
  func: action(async (context: CliContext, { output }: Flags, ...names: string[]) => {
    const [{ loadScenarios }, { describeStep }] = await Promise.all([
      import('../lab/scenario-files.ts'),
      import('../lab/step-text.ts'),
    ])
    const loaded = await loadScenarios(names)
    context.process.stdout.write(
      output === 'json'
        ? `${JSON.stringify(loaded, null, 2)}\n`
        : loaded.map((scenario) => told(scenario, describeStep)).join('\n'),
    )
    return EXIT.ok
  }),
})

function told(
  { scenario, stack }: LoadedScenario,
  describeStep: (step: LoadedScenario['scenario']['steps'][number]) => string,
): string {
  const { name, title, beforeStart, steps, steady } = scenario
  return [
    `${name}: valid. ${title}.`,
    `  on ${stack.name}: ${stack.title}`,
    ...beforeStart.map((step) => `     before the runtime starts: ${describeStep(step)}`),
    ...steps.map((step, index) => `  ${String(index + 1).padStart(2)} ${describeStep(step)}`),
    `     watched for ${steady / 1000} s more`,
    '',
  ].join('\n')
}
