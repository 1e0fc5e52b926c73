import { buildCommand, buildRouteMap } from '@stricli/core'
import type { NewFile } from '../lab/new-file.ts'
import type { CliContext } from './context.ts'
import { action, EXIT } from './exit.ts'

const name = {
  kind: 'tuple',
  parameters: [{ brief: 'Its name; the file is NAME.yaml', parse: String, placeholder: 'name' }],
} as const

/** `fairlead lab new scenario NAME`. */
const scenarioCommand = buildCommand<{ readonly stack: string }, [string], CliContext>({
  docs: {
    brief: 'Write a scenario that works, to begin with',
    fullDescription:
      'Writes NAME.yaml into this folder: a scenario that runs as it is, for you to change.\n\n' +
      'Examples:\n' +
      '  fairlead lab new scenario my-cni-restarts\n' +
      '  fairlead lab check my-cni-restarts.yaml\n' +
      '  fairlead lab run --scenario ./my-cni-restarts.yaml',
  },
  parameters: {
    flags: {
      stack: {
        kind: 'parsed',
        parse: String,
        default: 'cilium+multus',
        brief: 'The stack that it runs on',
      },
    },
    positional: name,
  },
  func: action((context: CliContext, { stack }: { readonly stack: string }, given: string) =>
    write(context, { kind: 'scenario', name: given, stack }),
  ),
})

/** `fairlead lab new stack NAME`. */
const stackCommand = buildCommand<object, [string], CliContext>({
  docs: {
    brief: 'Write a stack that works, to begin with',
    fullDescription:
      'Writes stacks/NAME.yaml: which plugins are on the node, and who writes which conf file how.\n\n' +
      'Examples:\n' +
      '  fairlead lab new stack my-cnis\n' +
      '  fairlead lab new scenario my-cni-restarts --stack my-cnis',
  },
  parameters: { positional: name },
  func: action((context: CliContext, _flags: unknown, given: string) =>
    write(context, { kind: 'stack', name: given }),
  ),
})

/** `fairlead lab new`: files to begin with. */
export const labNewRoutes = buildRouteMap({
  routes: { scenario: scenarioCommand, stack: stackCommand },
  docs: { brief: 'Begin a scenario or a stack of your own' },
})

async function write(context: CliContext, file: NewFile): Promise<number> {
  const { writeNewFile } = await import('../lab/new-file.ts')
  const target = await writeNewFile(file, process.cwd())
  context.process.stdout.write(`${target}\n`)
  return EXIT.ok
}
