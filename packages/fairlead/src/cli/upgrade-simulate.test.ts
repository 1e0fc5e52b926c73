import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type CliOutcome, runInProcess } from '../../../../tests/in-process-cli.ts'

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'fairlead-simulate-'))
})

afterAll(async () => {
  await rm(folder, { recursive: true })
})

function simulated(argv: readonly string[]): Promise<CliOutcome> {
  return runInProcess(['upgrade', 'simulate', '--nodes', '500', '--runs', '3', ...argv])
}

async function policyFile(text: string): Promise<string> {
  const file = path.join(folder, 'policy.yaml')
  await writeFile(file, text)
  return file
}

const HEAD = 'apiVersion: fairlead.dev/v1alpha1\nkind: RuntimeUpgrade\nmetadata:\n  name: mine\n'

test('a table of the policy beside the others, and what was played', async () => {
  const { code, out } = await simulated(['--seed', '1'])
  expect(code).toBe(0)
  expect(out).toMatch(/^POLICY +HURT +HURT AT THE END +ON THE NEW VERSION +TOOK +ENDED\n/)
  expect(out).toMatch(/^the default policy .*Stopped$/m)
  expect(out).toMatch(/^system-upgrade-controller .*Complete$/m)
  expect(out).toContain('3 clusters of 500 nodes, seed 1; the new version breaks 30 % of them, 45s')
})

test('the policy may come from a file, by its name', async () => {
  const file = await policyFile(`${HEAD}spec:\n  target:\n    version: 2.1.9\n  waves: [5, 50%]\n`)
  const { out } = await simulated(['--policy', file])
  expect(out).toMatch(/^mine /m)
})

test('the page goes to a file or to stdout, and asks nobody for anything', async () => {
  const file = path.join(folder, 'page.html')
  const argv = ['--seed', '3', '--html', file]
  const { err } = await simulated(argv)
  expect(err).toBe(`Page: ${file}\n`)
  const html = await readFile(file, 'utf8')
  expect((await simulated(['--seed', '3', '-o', 'html'])).out).toBe(html)
  expect(html.match(/<svg class="plot" viewBox/g)).toHaveLength(3)
  expect(html).not.toMatch(/https?:|<script|url\(|NaN|undefined/)
})

test('the seed is in the JSON, and is all that is needed to simulate again', async () => {
  const { out } = await simulated(['-o', 'json'])
  const { seed } = JSON.parse(out)
  expect((await simulated(['-o', 'json', '--seed', String(seed)])).out).toBe(out)
})

test.each([
  ['spec:\n  waves: [5]\n', 'spec.target: is missing'],
  ['spec:\n  target: {version: "2"}\n  wave: [5]\n', 'spec.wave: is no key that is known here'],
  [
    'spec:\n  target: {version: "2"}\n  waves: [150%]\n',
    'spec.waves.0: expected a number such as 5, or a share such as 10%',
  ],
  [
    'spec:\n  target: {version: "2"}\n  soak: {duration: long}\n',
    'spec.soak.duration: expected a length of time such as 90s, 3m or 1h',
  ],
  [
    'spec:\n  target: {version: "2"}\n  soak: {duration: 1h}\n',
    'spec.soak.deadline: is shorter than spec.soak.duration, so every node would fail',
  ],
  [
    'spec:\n  target: {version: "2"}\n  windows: [{start: "22:00", end: "22:00"}]\n',
    'spec.windows.0.end: is the same as start',
  ],
])('a policy with %j is refused with its place', async (text, sentence) => {
  const file = await policyFile(HEAD + text)
  const { code, err } = await simulated(['--policy', file])
  expect(code).toBe(2)
  expect(err).toContain(sentence)
  expect(err).toMatch(/policy\.yaml:\d+:\d+: /)
})

test.each([
  [['--fault', 'rate=2'], '--fault: rate is a share such as 0.3 or 30%, not "2".'],
  [['--fault', 'shows=2'], '--fault: "shows=2" is not one of rate=…, shows-after=….'],
  [
    ['--fault', 'rate=1,shows-after=60s..30s'],
    '--fault: shows-after is a length of time such as 45s, or 30s..60s, not "60s..30s".',
  ],
  [['--nature', 'boot'], '--nature: "boot" is not one of boot=…, drain=…, flaps=…, flap-for=…'],
  [['--seed', 'x'], 'Expected a whole number from 0 to 4294967295 for --seed, not "x".'],
  [['--policy', '/nowhere.yaml'], 'There is no RuntimeUpgrade file'],
])('%j is refused in a sentence', async (argv, sentence) => {
  const { code, out, err } = await simulated(argv)
  expect({ code, out }).toEqual({ code: 2, out: '' })
  expect(err.startsWith(`error: ${sentence}`), err).toBe(true)
})
