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
