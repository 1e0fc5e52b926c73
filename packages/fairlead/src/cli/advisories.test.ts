import { expect, test } from 'vitest'
import { runInProcess } from '../../../../tests/in-process-cli.ts'

const LOCK = 'containerd-go-cni-recursive-rlock-deadlock'

async function advisories(...argv: string[]) {
  return runInProcess(['advisories', ...argv])
}

test('a combination is told with what is known against it, the worst first, and ends with 1', async () => {
  const { code, out } = await advisories('check', '--talos', '1.9.0', '--multus', 'v4.1.4')
  expect(code).toBe(1)
  expect(out).toMatch(/^multus v4\.1\.4, talos 1\.9\.0, containerd 2\.0\.1 \(talos brings it\)\n\n/)
  expect(out).toContain(`critical  ${LOCK}\n`)
  expect(out).toContain('  - concerns containerd 2.0.1, talos 1.9.0\n')
  expect(out.indexOf('\nhigh  ')).toBeGreaterThan(out.lastIndexOf('\ncritical  '))
})

test('a patched build is not counted, and it is said why', async () => {
  const { out } = await advisories('check', '--talos', '1.9.1')
  const [counted = '', patched = ''] = out.split('Not counted, because patched')
  expect(counted).not.toContain(LOCK)
  expect(patched).toContain(LOCK)
})

test('the library in it says more than the version that containerd reports', async () => {
  const { out } = await advisories('check', '--containerd', '2.0.1', '--go-cni', 'v1.1.12')
  expect(out.split('Not counted, because patched')[1]).toContain(LOCK)
})

test('an upgrade is told with what it fixes, brings, and what comes first', async () => {
  const { code, out } = await advisories('check', '--upgrade', 'containerd=2.0.0:2.0.1')
  expect(code).toBe(1)
  expect(out).toMatch(new RegExp(`^Brings \\(\\d+\\)\\n(.*\\n)*critical  ${LOCK}`, 'm'))
  const back = await advisories('check', '--upgrade', 'containerd=1.6.39:2.3.4')
  expect(back.code).toBe(1)
  expect(back.out).toContain('Not a supported step\n- 1.6.39 to 2.3.4: containerd supports')
  expect(back.out).toContain('CRI v1alpha2 among it')
})

test('--fail-on decides on the exit code', async () => {
  const codes = async (failOn: string) =>
    (await advisories('check', '--containerd', '2.0.1', '--fail-on', failOn)).code
  expect(await codes('critical')).toBe(1)
  expect(await codes('never')).toBe(0)
})

test('what no release fixes fails a gate only where that is asked for', async () => {
  const newest = ['check', '--containerd', '2.3.4'] as const
  expect((await advisories(...newest)).code).toBe(0)
  expect((await advisories(...newest)).out).toContain('high  ')
  expect((await advisories(...newest, '--fail-on-unfixed')).code).toBe(1)
})

test('programs get JSON, YAML, OSV and SARIF', async () => {
  const check = async (output: string) =>
    (await advisories('check', '--containerd', '2.0.1', '-o', output)).out
  expect(JSON.parse(await check('json'))).toMatchObject({
    versions: [{ component: 'containerd', version: '2.0.1' }],
    affected: expect.arrayContaining([expect.objectContaining({ id: LOCK, severity: 'critical' })]),
  })
  expect(await check('yaml')).toContain(`  - id: ${LOCK}\n    severity: critical\n`)
  expect(JSON.parse(await check('osv'))).toContainEqual(
    expect.objectContaining({ schema_version: '1.7.0', id: `x_fairlead-${LOCK}` }),
  )
  const [run] = JSON.parse(await check('sarif')).runs
  const result = run.results.find(({ ruleId }: { ruleId: string }) => ruleId === LOCK)
  expect(result).toMatchObject({
    level: 'error',
    locations: [{ logicalLocations: [{ fullyQualifiedName: 'containerd@2.0.1', kind: 'module' }] }],
  })
  expect(run.tool.driver.rules[result.ruleIndex].id).toBe(LOCK)
})

test('in SARIF an upgrade says what is new, what stays and what is gone', async () => {
  const { out } = await advisories('check', '--upgrade', 'containerd=2.0.1:2.0.3', '-o', 'sarif')
  const [run] = JSON.parse(out).runs
  const stateOf = (id: string) =>
    run.results.find(({ ruleId }: { ruleId: string }) => ruleId === id)?.baselineState
  expect(stateOf(LOCK)).toBe('absent')
  expect(stateOf('containerd-status-blocked-by-slow-add-plus-reload')).toBe('unchanged')
})

test('it is told in Chinese to whom the locale or --lang says so', async () => {
  const { out } = await advisories('check', '--containerd', '2.0.1', '--lang', 'zh-CN')
  expect(out).toContain(`严重  ${LOCK}\n  containerd 2.0.1 和 2.0.2`)
  const locale = await runInProcess(['advisories', 'show', LOCK], { env: { LANG: 'zh_CN.UTF-8' } })
  expect(locale.out).toContain('处理办法')
})

test('one advisory is shown, as Markdown too', async () => {
  const { out } = await advisories('show', LOCK)
  expect(out).toContain('containerd >= 2.0.1 < 2.0.3')
  expect(out).toContain('https://github.com/containerd/containerd/issues/11186')
  const { out: markdown } = await advisories('show', LOCK, '-o', 'markdown')
  expect(markdown).toContain('## Cause\n\ngo-cni 1.1.11 keeps a read lock')
})

test('all are listed, or those of a component', async () => {
  const { out } = await advisories('list', '--component', 'multus')
  expect(out).toMatch(/^SEVERITY +ID +TITLE\n/)
  expect(out).toContain('multus-shim-wait-60s-exceeds-kubelet-30s')
  expect(out).not.toContain(LOCK)
})

test.each([
  [['check'], 'error: There is no version to check.\n'],
  [['check', '--containerd', 'latest'], 'error: "latest" is no version of containerd.\n'],
  [['check', '--upgrade', 'containerd=2.0.1'], 'error: "containerd=2.0.1" is no upgrade.\n'],
  [
    ['show', 'containerd-rlock-deadlock'],
    `error: There is no advisory "containerd-rlock-deadlock".\nDid you mean ${LOCK}`,
  ],
])('%j is refused in one sentence, with what to do', async (argv, message) => {
  const { code, out, err } = await advisories(...argv)
  expect(code).toBe(2)
  expect(out).toBe('')
  expect(err).toContain(message)
})
