import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { BIN } from './support.ts'

const NODE_DIR = path.dirname(process.execPath)

const missing = (program: string): boolean => {
  const isMissing = spawnSync(program, ['--version']).error !== undefined
  if (!isMissing) return false
  if (process.env['CI'] !== undefined) throw new Error(`${program} is not installed.`)
  process.stderr.write(`\n*** SKIPPED: completion in ${program}, which is not installed. ***\n\n`)
  return true
}

let folder: string

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'fl-e2e-'))
  symlinkSync(BIN, path.join(folder, 'fairlead'))
})

afterAll(() => {
  rmSync(folder, { recursive: true })
})

function shell(program: string, script: string): string {
  const file = path.join(folder, `script.${program}`)
  writeFileSync(file, script)
  const { stdout, stderr, status, error } = spawnSync(program, [file], {
    encoding: 'utf8',
    env: { ...process.env, PATH: `${folder}:${NODE_DIR}:${process.env['PATH'] ?? ''}` },
    timeout: 20_000,
  })
  if (error !== undefined) throw error
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 })
  return stdout
}

describe('a shell that has read its script completes', () => {
  test('bash', () => {
    const out = shell(
      'bash',
      `source <(fairlead completion bash)
complete_words() {
  COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
  _fairlead
  echo "\${COMPREPLY[*]}"
}
complete_words fairlead lab r
complete_words fairlead lab run --scenario dual-cni-r
complete_words fairlead lint ./net
complete -p fairlead
`,
    )
    expect(out).toBe(
      'run runtimes\ndual-cni-reboot\n\ncomplete -o bashdefault -o default -F _fairlead fairlead\n',
    )
  })

  // The line editor asks the function; here it is asked as the editor would, with its own words.
  test.skipIf(missing('zsh'))('zsh', () => {
    const out = shell(
      'zsh',
      `autoload -U compinit && compinit -D -u -d ${folder}/zcompdump
source <(fairlead completion zsh)
_describe() { print -l -- "\${(@P)2}" }
_files() { print files }
words=(fairlead lab r) CURRENT=3
_fairlead
words=(fairlead lint ./net) CURRENT=3
_fairlead
print $_comps[fairlead]
`,
    )
    expect(out).toMatch(/^run:Put runtimes through .*\nruntimes:.*\nfiles\n_fairlead\n$/)
  })

  test.skipIf(missing('fish'))('fish', () => {
    const out = shell(
      'fish',
      `fairlead completion fish | source
complete -C 'fairlead lab r'
complete -C 'fairlead lab run --scenario dual-cni-r'
complete -C 'fairlead lint ${BIN.slice(0, -1)}'
`,
    )
    expect(out).toMatch(/^run\tPut runtimes through .*\nruntimes\t.*\ndual-cni-reboot\t.*\n/)
    expect(out).toContain(`\n${BIN}`)
  })
})
