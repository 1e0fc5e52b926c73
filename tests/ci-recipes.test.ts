import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { runInProcess } from './in-process-cli.ts'

const RECIPES = ['docs/ci/github-actions.yaml', 'docs/ci/kubernetes-indexed-job.yaml'] as const

async function help(...command: string[]): Promise<string> {
  const { out, err } = await runInProcess([...command, '--help'])
  return out + err
}

/** Every text in a YAML value. */
function texts(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(texts) : []
}

test.each(RECIPES)('%s is YAML, and its commands and their flags are real', async (file) => {
  const documents = parseAllDocuments(await readFile(file, 'utf8'))
  const values = documents.map((document) => {
    expect(document.errors).toEqual([])
    expect(document.warnings).toEqual([])
    return document.toJS() as unknown
  })
  const commands = values
    .flatMap(texts)
    .flatMap((text) => [...text.matchAll(/npx fairlead (\w+ \w+)([^|&;]*)/g)])
  expect(commands.length).toBeGreaterThan(0)
  for (const [, name = '', args = ''] of commands) {
    const known = await help(...name.split(' '))
    expect(known).toContain(`fairlead ${name}`)
    for (const [flag] of args.matchAll(/--[a-z-]+/g)) expect(known, name).toContain(flag)
  }
})

test('the workflow merges what its shards upload, and each shard is one of as many as there are', async () => {
  const text = await readFile('docs/ci/github-actions.yaml', 'utf8')
  const [workflow] = parseAllDocuments(text).map((document) => document.toJS())
  const shards: readonly number[] = workflow.jobs.lab.strategy.matrix.shard
  expect(shards).toEqual(shards.map((_, index) => index + 1))
  expect(text).toContain(`--shard \${{ matrix.shard }}/${shards.length}`)
  expect(workflow.jobs.report.needs).toBe('lab')
})

test('the Job runs as many shards as it has completions', async () => {
  const text = await readFile('docs/ci/kubernetes-indexed-job.yaml', 'utf8')
  const [job] = parseAllDocuments(text).map((document) => document.toJS())
  const { env, volumeMounts } = job.spec.template.spec.containers[0]
  const shards = env.find(({ name }: { name: string }) => name === 'SHARDS').value
  expect(job.spec.completionMode).toBe('Indexed')
  expect(Number(shards)).toBe(job.spec.completions)
  const volumes = job.spec.template.spec.volumes.map(({ name }: { name: string }) => name)
  expect(volumeMounts.map(({ name }: { name: string }) => name)).toEqual(volumes)
})

test('the release runs scripts that there are, and asks for no more rights than each job needs', async () => {
  const text = await readFile('.github/workflows/release.yaml', 'utf8')
  const [workflow] = parseAllDocuments(text).map((document) => document.toJS())
  const { scripts } = JSON.parse(await readFile('package.json', 'utf8'))
  const run = [...text.matchAll(/npm run ([\w:]+)/g)].map(([, script]) => script)
  expect(run).toEqual(['packages:check', 'build:executable'])
  expect(Object.keys(scripts)).toEqual(expect.arrayContaining(run))
  expect(workflow.permissions).toEqual({ contents: 'read' })
  expect(workflow.jobs.packages.permissions).toEqual({ contents: 'read', 'id-token': 'write' })
})

test('the action gives `lab run` flags that it has, and reads each of its inputs', async () => {
  const text = await readFile('action.yml', 'utf8')
  const [action] = parseAllDocuments(text).map((document) => document.toJS())
  const known = await help('lab', 'run')
  const flags = [...text.matchAll(/(?<=args\+?=\(|"\$\w+" )--[a-z-]+/g)].map(([flag]) => flag)
  expect(flags.length).toBe(6)
  for (const flag of flags) expect(known).toContain(flag)
  for (const input of Object.keys(action.inputs)) expect(text).toContain(`inputs.${input} }}`)
})

test('the krew manifest names what the release packs', async () => {
  const manifest = await readFile('deploy/krew/fairlead.yaml', 'utf8')
  const release = await readFile('.github/workflows/release.yaml', 'utf8')
  const arches = [...release.matchAll(/arch: (\w+)/g)].map(([, arch]) => arch)
  expect(arches).toEqual(['amd64', 'arm64'])
  for (const arch of arches) expect(manifest).toContain(`URL/fairlead-linux-${arch}.tar.gz`)
  expect(release).toContain('tar czf fairlead-linux-${{ matrix.arch }}.tar.gz fairlead ')
})
