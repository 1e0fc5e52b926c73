import { type Application, buildCommand, proposeCompletions } from '@stricli/core'
import type { CliContext } from './context.ts'
import { action, EXIT } from './exit.ts'

const SHELLS = ['bash', 'zsh', 'fish'] as const
type Shell = (typeof SHELLS)[number]

/** What the scripts below call; not a command of its own, since only they would read what it prints. */
export const PROPOSE = '__complete'

/** `fairlead completion SHELL`: the script that makes a shell complete `fairlead`. */
export const completionCommand = buildCommand<object, [Shell], CliContext>({
  docs: {
    brief: 'Print the script that makes bash, zsh or fish complete fairlead',
    fullDescription:
      'Prints a script for a shell to read at its start. It asks fairlead itself for what may come\n' +
      'next, so that it need not be renewed with fairlead.\n\n' +
      'Examples:\n' +
      '  fairlead completion bash > /etc/bash_completion.d/fairlead\n' +
      '  source <(fairlead completion bash)\n' +
      '  fairlead completion zsh > "${fpath[1]}/_fairlead"\n' +
      '  fairlead completion fish > ~/.config/fish/completions/fairlead.fish',
  },
  parameters: {
    positional: {
      kind: 'tuple',
      parameters: [
        {
          brief: SHELLS.join(', '),
          parse: shellOf,
          placeholder: 'shell',
          proposeCompletions: () => SHELLS,
        },
      ],
    },
  },
  func: action(async (context: CliContext, _flags: object, shell: Shell) => {
    context.process.stdout.write(SCRIPTS[shell])
    return EXIT.ok
  }),
})

/**
 * Prints what may stand in the place of the last of `words`, a line each: the word, a tab and what it is
 * for. Nothing where a file or a text of one's own is expected.
 */
export async function propose(
  application: Application<CliContext>,
  words: readonly string[],
  context: CliContext,
): Promise<void> {
  for (const { completion, brief } of await proposeCompletions(application, words, context)) {
    context.process.stdout.write(`${completion}\t${brief.split('\n', 1)[0] ?? ''}\n`)
  }
}

function shellOf(text: string): Shell {
  const shell = SHELLS.find((known) => known === text)
  if (shell !== undefined) return shell
  throw new RangeError(`expected one of ${SHELLS.join(', ')}, not "${text}"`)
}

const SCRIPTS: Readonly<Record<Shell, string>> = {
  // A file's name may stand wherever fairlead proposes nothing.
  bash: `# bash completion of fairlead
_fairlead() {
  local IFS=$'\\n'
  COMPREPLY=($(fairlead ${PROPOSE} "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null | cut -f 1))
}
complete -o bashdefault -o default -F _fairlead fairlead
`,
  zsh: `#compdef fairlead
_fairlead() {
  local line
  local -a proposals
  for line in "\${(@f)$(fairlead ${PROPOSE} "\${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    [[ -n $line ]] && proposals+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done
  if (( $#proposals )); then
    _describe fairlead proposals
  else
    _files
  fi
}
if [[ $funcstack[1] == _fairlead ]]; then
  _fairlead "$@"
else
  compdef _fairlead fairlead
fi
`,
  fish: `# fish completion of fairlead
function __fairlead_proposals
  set -l proposals (fairlead ${PROPOSE} (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null)
  if test (count $proposals) -gt 0
    printf '%s\\n' $proposals
  else
    __fish_complete_path (commandline -ct)
  end
end
complete -c fairlead -f -a '(__fairlead_proposals)'
`,
}
