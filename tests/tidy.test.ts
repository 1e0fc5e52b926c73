import { readFile } from 'node:fs/promises'
import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { generatedFiles } from '../tools/generated-files.ts'

const sources = execFileSync('git', ['ls-files', 'packages/*/src/**', 'tools', 'tests', 'e2e'], {
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => /\.tsx?$/.test(file) && !file.includes('/gen/'))

async function offenders(pattern: RegExp, allowed: RegExp): Promise<string[]> {
  const found = []
  for (const file of sources.filter((source) => !allowed.test(source))) {
    const lines = (await readFile(file, 'utf8')).split('\n')
    for (const [index, line] of lines.entries()) {
      if (pattern.test(line)) found.push(`${file}:${index + 1}: ${line.trim()}`)
    }
  }
  return found
}

test('only the ports and the page know the time and chance', async () => {
  const pattern = /\b(Date\.now|setTimeout|Math\.random)\b/
  expect(
    await offenders(pattern, /ports\.ts$|\/report\/ui\/|\/ui\/page\/|\.test\.ts$|^e2e\//),
  ).toEqual([])
})

test('only the CLI and the tools print, and a program of a trial that the lab listens to', async () => {
  const pattern = /\bconsole\.|process\.std(out|err)\b/
  expect(
    await offenders(pattern, /\/cli\/|\/watch-node\.ts$|\.test\.ts$|^(e2e|tools|bench)\//),
  ).toEqual([])
})

test('nothing is left for later', async () => {
  expect(await offenders(/\b(TODO|FIXME|XXX|HACK)\b/, /tidy\.test\.ts$/)).toEqual([])
})

test('what is generated is up to date (npm run generate)', async () => {
  for (const [file, text] of await generatedFiles()) {
    expect(await readFile(file, 'utf8'), file).toBe(text)
  }
})
