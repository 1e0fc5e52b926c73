import { helpOfCommands } from '../packages/fairlead/src/cli/run.ts'

/** docs/reference/cli.md: what each command prints with `--help`. */
export function cliReference(): string {
  const commands = helpOfCommands().map(
    ([route, help]) => `## ${route}\n\n\`\`\`\n${help.trimEnd()}\n\`\`\`\n`,
  )
  return `# Commands

What each command prints with \`--help\`. Exit codes of all: 0 done, 1 something was found, 2 the input cannot be used, 3 a
runtime or cluster cannot be reached, 4 a fault of Fairlead's own, 130 interrupted. What is data goes to stdout,
everything else to stderr; \`NO_COLOR\` is respected. Made by \`npm run generate\`.

${commands.join('\n')}`
}
