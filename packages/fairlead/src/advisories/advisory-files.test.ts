import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { FairleadError } from '../errors.ts'
import { lintAdvisories, loadAdvisories, readAdvisory } from './advisory-files.ts'
import { ADVISORY } from './advisory-fixture.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'fairlead-advisories-'))
})

afterEach(async () => {
  await rm(folder, { recursive: true })
})

/** What the fixture is refused with once `from` in it is `to`. */
async function refusal(from: string, to: string): Promise<string> {
  expect(ADVISORY).toContain(from)
  const file = path.join(folder, 'mine.yaml')
  await writeFile(file, ADVISORY.replace(from, to))
  const error = await readAdvisory(file).catch((thrown: unknown) => thrown)
  if (!(error instanceof FairleadError)) throw new Error('the advisory was not refused')
  expect(error.code).toBe('FL_ADVISORY_INVALID')
  expect(error.hint).toBe('What such a file may hold is in advisories/advisory.schema.json.')
  return error.message.replace(path.relative(process.cwd(), file), 'mine.yaml')
}

test('advisories are loaded in the order of their ids, with what is left out filled in', async () => {
  await writeFile(path.join(folder, 'mine.yaml'), ADVISORY)
  await writeFile(path.join(folder, 'also.yaml'), ADVISORY.replace('id: mine', 'id: also'))
  await writeFile(path.join(folder, 'notes.txt'), 'none')
  const loaded = await loadAdvisories(folder)
  expect(loaded.map(({ id }) => id)).toEqual(['also', 'mine'])
  expect(loaded[1]).toMatchObject({
    probes: [],
    affected: [{ component: 'containerd', versions: [], patched: [], only: [] }],
  })
})

test.each([
  ['id: mine', 'id: yours', '1:5: id: the file is named mine.yaml, so expected mine'],
  ['id: mine', 'id: My_Own', '1:5: id: expected lower-case words with `-` between them'],
  [
    'severity: high',
    'severity: bad',
    '6:11: severity: expected one of critical, high, medium, low',
  ],
  ['severity:', 'severety:', '6:1: severety: is no key that is known here'],
  ['modified: 2026-11-25', 'modified: 2026-11-24', '4:11: modified: is before `published`'],
  [
    "fixed: '2.0.3'",
    "fixed: '2.0.1'",
    '12:39: affected.0.ranges.0.fixed: is not newer than introduced, 2.0.1',
  ],
  [
    "fixed: '2.0.3'",
    "lastAffected: '2.0.0'",
    '12:46: affected.0.ranges.0.lastAffected: is older than introduced, 2.0.1',
  ],
  ["fixed: '2.0.3'", 'fixed: 2.0', '12:39: affected.0.ranges.0.fixed: expected a text'],
  [
    "fixed: '2.0.3'",
    "fixed: '2.0'",
    '12:39: affected.0.ranges.0.fixed: expected a version such as 2.0.3, 2.1.0-beta.0 or 1.31.2+k3s1',
  ],
  [
    "fixed: '2.0.3'",
    "fixed: '2.0.5'",
    '18:47: remedies.0.needs.0.atLeast: containerd 2.0.3 is in the affected ranges',
  ],
  [
    'remedies:',
    '  - { source: kubelet-log, text: it hangs, specificity: weak }\nremedies:',
    '15:5: symptoms.1: is the same as number 1',
  ],
  [
    'citations:',
    '  - { kind: workaround, text: Restart., harm: node, automation: manual }\n' +
      '  - { kind: workaround, text: Kill it., harm: plugin, automation: safe }\ncitations:',
    '22:47: remedies.2.harm: disturbs less than the workaround before it; the least harm comes first',
  ],
  ['[升级。]', '[升级。, 重启。]', '27:13: zh-CN.remedies: has 2 texts for 1 of the original'],
  [
    'remedies: [升级。]',
    'remedies: [升级。]\n  confirm: [看]',
    '28:12: zh-CN.confirm: has 1 texts for 0 of the original',
  ],
  [
    'remedies: [升级。]',
    "remedies: [升级。]\n  confirm: ['{2} 看']\nconfirm: ['Look: `x`']",
    '28:13: zh-CN.confirm.0: {2} stands for nothing: the original has 1 pieces of code',
  ],
  ['cause: A lock', 'cause: "\\e[31mA lock"\n#', '8:8: cause: has a control character'],
  [
    'type: issue',
    'type: rumour',
    '22:13: citations.0.type: expected one of issue, pull-request, doc, release-notes, commit, source, measured',
  ],
])('%s -> %s is refused with its place', async (from, to, message) => {
  expect(await refusal(from, to)).toBe(`mine.yaml:${message}`)
})

test('what is no file, or a folder without advisories, is refused', async () => {
  await expect(lintAdvisories([path.join(folder, 'no')])).rejects.toMatchObject({
    code: 'FL_ADVISORY_UNKNOWN',
    message: expect.stringMatching(/^There is no file or folder /),
  })
  await expect(lintAdvisories([folder])).rejects.toMatchObject({
    code: 'FL_ADVISORY_UNKNOWN',
    message: `There is no advisory in ${folder}.`,
  })
})

test('every file is linted, whatever the one before it was', async () => {
  await mkdir(path.join(folder, 'more'))
  await writeFile(path.join(folder, 'bad.yaml'), 'id: [')
  await writeFile(path.join(folder, 'mine.yaml'), ADVISORY)
  await writeFile(path.join(folder, 'more/mine.yaml'), ADVISORY)
  const { count, problems } = await lintAdvisories([folder, path.join(folder, 'more')])
  expect(count).toBe(3)
  expect(problems.map(({ message }) => message.replaceAll(/\S*\/(?=\w+\.yaml)/g, ''))).toEqual([
    expect.stringMatching(/^bad\.yaml:1:\d+: /),
    'mine.yaml: the id is that of mine.yaml, too',
  ])
})
