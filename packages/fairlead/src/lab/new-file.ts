import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { FairleadError, messageOf, systemCodeOf } from '../errors.ts'
import { shippedDir } from '../shipped-dir.ts'
import { loadStack } from './scenario-files.ts'
import { name as nameSchema } from './schema-words.ts'
import type { Stack } from './stack.ts'

/** A file to begin with. */
export type NewFile =
  | { readonly kind: 'scenario'; readonly name: string; readonly stack: string }
  | { readonly kind: 'stack'; readonly name: string }

/**
 * Writes a scenario or a stack that works, for somebody to change, into the folder `dir`; resolves to its
 * path. A stack goes to `stacks/` below it, where scenarios look for theirs.
 *
 * @throws {FairleadError} FL_SCENARIO_INVALID for a name that is none, FL_SCENARIO_UNKNOWN for a stack that
 * is not there, FL_FILE_EXISTS rather than overwriting, FL_FILE_WRITE where it cannot be written.
 */
export async function writeNewFile(file: NewFile, dir: string): Promise<string> {
  const problem = nameSchema.safeParse(file.name).error?.issues[0]?.message
  if (problem !== undefined) {
    throw new FairleadError('FL_SCENARIO_INVALID', `"${file.name}" is no name: ${problem}.`, {
      hint: 'It becomes the name of the file, too.',
    })
  }
  const folder = file.kind === 'stack' ? path.join(dir, 'stacks') : dir
  const target = path.join(folder, `${file.name}.yaml`)
  const schema = path.relative(
    folder,
    path.join(shippedDir('scenarios'), `${file.kind}.schema.json`),
  )
  const text = `# yaml-language-server: $schema=${schema}\n${await textOf(file, dir)}`
  try {
    if (file.kind === 'stack') await mkdir(folder, { recursive: true })
    await writeFile(target, text, { flag: 'wx' })
  } catch (error) {
    if (systemCodeOf(error) === 'EEXIST') {
      throw new FairleadError('FL_FILE_EXISTS', `${path.relative('', target)} is there already.`, {
        hint: 'Give another name, or remove it first.',
        cause: error,
      })
    }
    throw new FairleadError(
      'FL_FILE_WRITE',
      `${path.relative('', target)} cannot be written: ${messageOf(error)}.`,
      { hint: 'Go to a folder that can be written to.', cause: error },
    )
  }
  return target
}

async function textOf(file: NewFile, dir: string): Promise<string> {
  return file.kind === 'scenario'
    ? scenarioText(file, await loadStack(file.stack, dir))
    : stackText(file.name)
}

function scenarioText(
  { name, stack }: Extract<NewFile, { kind: 'scenario' }>,
  { plugins, installers }: Stack,
): string {
  const installer = Object.keys(installers)[0] ?? ''
  // A real plugin cannot be told what to do, and a meta plugin attaches nothing itself.
  const plugin = plugins.find(
    (candidate) => 'role' in candidate && candidate.role === 'endpoint',
  )?.type
  const slowAdd = `  # One ADD takes 8 s, and meanwhile any file in the conf dir is written.
  - { do: behave, plugin: ${plugin}, verb: ADD, as: { kind: delay, ms: 8s } }
  - { do: start-pods, count: 1 }
  - { do: wait-for-executions, plugin: ${plugin}, verb: ADD, count: 1, within: 10s }
`
  const add = `  # Another comes, and meanwhile any file in the conf dir is written.
  - { do: start-pods, count: 1 }
`
  return `name: ${name}
title: What happens, in one line
why: Why that matters, for somebody who reads the report.
# Ids of known failure modes that it comes from.
failureModes: []
stack: ${stack}
# Installers of the stack whose file the last boot has left.
confDirAtStart: [${installer}]

# What happens, in this order. An editor that reads the first line of this file completes them.
steps:
  - { do: wait-for-network, within: 20s }
  - { do: start-pods, count: 1 }
  - { do: wait-for-pods, running: 1, within: 15s }
${plugin === undefined ? add : slowAdd}\
  - { do: write-file, file: some-kubeconfig, text: "# refreshed" }
  - { do: wait-for-pods, running: 2, within: 20s }
# How long the node is watched after the last step.
steady: 5s

# What must hold; leave out what does not matter.
expect:
  readyWithin: { atMost: 20s }
  statusSilenceAtMost: 5s
  podsRunning: 2
${plugin === undefined ? '' : `  attached: { ${plugin}: 2 }\n`}`
}

function stackText(name: string): string {
  return `name: ${name}
title: Which CNIs are on the node, in one line

# \`role\`: a stand-in that a scenario can steer. \`path\`: a real plugin's executable, taken as it is.
plugins:
  - { type: cilium-cni, role: endpoint }
  # - { type: bridge, path: /opt/cni/bin/bridge }

# Who writes which file to the conf dir, and how.
installers:
  cilium:
    file: 05-cilium.conflist
    manner: rename
    content:
      cniVersion: 0.3.1
      name: cilium
      plugins:
        - { type: cilium-cni }
`
}
