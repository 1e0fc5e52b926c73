import { mkdtemp, mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { FairleadError } from '../errors.ts'
import { loadScenarios } from './scenario-files.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'fairlead-scenario-'))
})

afterEach(async () => {
  await rm(folder, { recursive: true })
})

const GOOD = `name: mine
title: Mine
why: Because.
stack: cilium+multus
steps:
  - { do: install, installer: cilium, id: conf }
  - { do: wait, for: 1.5s }
steady: 2m
expect:
  readyWithin: { atMost: 300ms, after: conf }
`

/** The error that a scenario file of this text is refused with. */
async function refusal(text: string): Promise<string> {
  const file = path.join(folder, 'mine.yaml')
  await writeFile(file, text)
  const error = await loadScenarios([file]).catch((thrown: unknown) => thrown)
  if (!(error instanceof FairleadError)) throw new Error('the file was not refused')
  expect(error.code).toBe('FL_SCENARIO_INVALID')
  expect(error.exitCode).toBe(2)
  return error.message.replace(path.relative(process.cwd(), file), 'mine.yaml')
}

test('every scenario that ships is valid, named as its file is, and cites known failure modes', async () => {
  const loaded = await loadScenarios([])
  const files = (await readdir('scenarios')).filter((file) => file.endsWith('.yaml'))
  expect(loaded.map(({ scenario }) => `${scenario.name}.yaml`)).toEqual(files)
  expect(loaded.length).toBeGreaterThanOrEqual(30)
  const acting = loaded.filter(({ scenario }) => scenario.steps.some((step) => step.do !== 'wait'))
  for (const { scenario } of acting) expect(scenario.failureModes).not.toEqual([])
})

test('a file of the user is loaded, its times in ms and its defaults filled in', async () => {
  const file = path.join(folder, 'mine.yaml')
  await writeFile(file, GOOD)
  const [loaded] = await loadScenarios([file])
  expect(loaded?.stack.name).toBe('cilium+multus')
  expect(loaded?.scenario).toMatchObject({
    steady: 120_000,
    steps: [
      { do: 'install', as: 'whole', pause: 0 },
      { do: 'wait', for: 1500 },
    ],
    expect: { readyKept: true, networkKept: false, readyWithin: { atMost: 300 } },
  })
})

test('a stack beside the scenario is found before those that ship', async () => {
  await mkdir(path.join(folder, 'stacks'))
  await writeFile(
    path.join(folder, 'stacks', 'cilium+multus.yaml'),
    `name: cilium+multus
title: Mine
plugins: [{ type: mine, role: endpoint }]
installers:
  cilium: { file: 1.conf, manner: truncate, content: { name: n, type: mine } }
`,
  )
  const file = path.join(folder, 'mine.yaml')
  await writeFile(file, GOOD)
  const [loaded] = await loadScenarios([file])
  expect(loaded?.stack.title).toBe('Mine')
})

test('a file is refused with line, column, key and what was expected', async () => {
  expect(await refusal(GOOD.replace('1.5s', 'soon'))).toMatchInlineSnapshot(
    `"mine.yaml:7:22: steps.1.for: expected a length of time such as 300ms, 5s or 2m"`,
  )
  expect(await refusal(GOOD.replace('do: wait', 'do: sleep'))).toMatchInlineSnapshot(
    `"mine.yaml:7:11: steps.1.do: expected one of install, write-file, remove-file, rename-file, link-file, remove-conf-dir, make-conf-dir, repoint-conf-dir, binary, disk, damage-cache, behave, release, start-daemon, stop-daemon, start-pods, stop-pods, wait-for-pods, wait, wait-for-executions, wait-for-network, stop-runtime, kill-runtime, start-runtime, upgrade-runtime, reboot, repeat"`,
  )
  expect(await refusal(GOOD.replace('steady: 2m\n', ''))).toMatchInlineSnapshot(
    `"mine.yaml:1:1: steady: is missing"`,
  )
  expect(await refusal(GOOD.replace('title: Mine', 'titel: Mine'))).toMatchInlineSnapshot(
    `"mine.yaml:2:1: titel: is no key that is known here"`,
  )
  expect(await refusal(`${GOOD}  colour: red\n`)).toMatchInlineSnapshot(
    `"mine.yaml:11:3: expect.colour: is no key that is known here"`,
  )
})

test('broken YAML is refused where it broke', async () => {
  expect(await refusal(GOOD.replace('for: 1.5s }', 'for: 1.5s'))).toMatch(/^mine\.yaml:8:1: /)
  expect(await refusal('')).toMatchInlineSnapshot(`"mine.yaml:1:1: scenario: expected a mapping"`)
})

test('names that lead nowhere are refused at their place', async () => {
  expect(
    await refusal(GOOD.replace('installer: cilium', 'installer: calico')),
  ).toMatchInlineSnapshot(
    `"mine.yaml:6:31: steps.0.installer: the stack has no installer "calico", only cilium, multus"`,
  )
  expect(await refusal(GOOD.replace('after: conf', 'after: dawn'))).toMatchInlineSnapshot(
    `"mine.yaml:10:40: expect.readyWithin.after: no step has the id "dawn""`,
  )
  expect(await refusal(GOOD.replace('stack: cilium+multus', 'stack: none'))).toMatchInlineSnapshot(
    `"mine.yaml:4:8: stack: there is no stack named "none""`,
  )
})

test('a scenario that ends with its runtime down is refused at the step that ends it', async () => {
  const ending = (...steps: string[]) =>
    GOOD.replace('steady', [...steps.map((step) => `  - ${step}\n`), 'steady'].join(''))
  expect(
    await refusal(ending('{ do: stop-runtime }', '{ do: kill-runtime }')),
  ).toMatchInlineSnapshot(
    `"mine.yaml:8:5: steps.2: the runtime is down from here to the end, so nothing of it can be judged; add a start-runtime after it"`,
  )
  const inRounds =
    '{ do: repeat, times: 2, every: 1s, steps: [{ do: start-runtime }, { do: kill-runtime }] }'
  expect(await refusal(ending('{ do: stop-runtime }', inRounds))).toMatch(
    /^mine\.yaml:9:71: steps\.3\.steps\.1: /,
  )
  const file = path.join(folder, 'up.yaml')
  for (const starts of ['start-runtime', 'upgrade-runtime', 'reboot']) {
    await writeFile(file, ending('{ do: stop-runtime }', `{ do: ${starts} }`))
    await expect(loadScenarios([file])).resolves.toHaveLength(1)
  }
})

test('an unknown scenario is refused with those that are known', async () => {
  await expect(loadScenarios(['slow'])).rejects.toMatchObject({
    code: 'FL_SCENARIO_UNKNOWN',
    message: 'There is no scenario named "slow".',
    hint: expect.stringContaining('slow-add-reload'),
  })
})

test('a file that is not there is refused by its name', async () => {
  await expect(loadScenarios(['/nowhere/mine.yaml'])).rejects.toMatchObject({
    code: 'FL_SCENARIO_UNKNOWN',
    message: expect.stringMatching(/^There is no scenario file .*nowhere\/mine\.yaml\.$/),
  })
})

test('two scenarios of one name are refused, one file named twice is one', async () => {
  await mkdir(path.join(folder, 'other'))
  const files = [path.join(folder, 'mine.yaml'), path.join(folder, 'other', 'mine.yaml')]
  for (const file of files) await writeFile(file, GOOD)
  await expect(loadScenarios(files)).rejects.toThrow('Two scenarios are named "mine".')
  const [first] = files
  expect(await loadScenarios([first ?? '', first ?? ''])).toHaveLength(1)
})
