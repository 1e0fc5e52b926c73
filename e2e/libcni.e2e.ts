import { formatResult, parseResult, SPEC_VERSIONS } from '@fairlead/cni'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { answers, failing, json, listOf } from './libcni/case.ts'
import { THEMES } from './libcni/cases/index.ts'
import { CONF } from './libcni/operation.ts'
import { buildPeer, type Peer, startPeer } from './libcni/peer.ts'
import { asOurs, runCase } from './libcni/run-case.ts'
import { observe } from './libcni/side.ts'
import { type SpecExamples, specExamples } from './libcni/spec.ts'
import { unable } from './support.ts'

describe.skipIf(unable !== undefined)('side by side with libcni', () => {
  let folder: string
  let peer: Peer

  beforeAll(async () => {
    // The runtime's own environment is passed on, but for what the spec has plugins be told.
    vi.stubEnv('CNI_ARGS', 'FROM=OUTSIDE')
    vi.stubEnv('CNI_COMMAND', 'ADD')
    folder = await mkdtemp(path.join(tmpdir(), 'fl-libcni-'))
    peer = startPeer(await buildPeer())
  })

  afterAll(async () => {
    await peer[Symbol.asyncDispose]()
    vi.unstubAllEnvs()
    await rm(folder, { recursive: true })
  })

  describe.each(Object.entries(THEMES))('%s', (theme, cases) => {
    test.each(cases.map((theCase, index) => [theCase.title, index, theCase] as const))(
      '%s',
      async (_title, index, theCase) => {
        const sides = await runCase(theCase, path.join(folder, theme, String(index)), peer)
        expect(sides.ours, 'ours (+) and libcni (-) differ').toStrictEqual(sides.libcni)
      },
    )
  })
})

describe.skipIf(unable !== undefined)('the examples of the spec', () => {
  let folder: string
  let examples: SpecExamples

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'fl-cni-spec-'))
    examples = await specExamples()
  })

  afterAll(async () => {
    await rm(folder, { recursive: true })
  })

  test('are what ADD, CHECK and DEL give to the plugins', async () => {
    const { configuration, requests, results } = examples
    const [, ofBridge, ofTuning] = results
    const conf = {
      ...CONF,
      args: [['argA', 'foo'] as const],
      capabilityArgs: {
        mac: '00:11:22:33:44:66',
        portMappings: [{ hostPort: 8080, containerPort: 80, protocol: 'tcp' }],
      },
    }
    const { observation } = await observe(
      {
        title: 'the appendix',
        plugins: ['bin/bridge', 'bin/tuning', 'bin/portmap'],
        files: answers({
          'bridge.ADD': ofBridge,
          'tuning.ADD': ofTuning,
          // "The exact same result", after the mac was changed.
          'portmap.ADD': ofTuning,
        }),
        steps: (['add', 'check', 'del'] as const).map((op) => ({
          op,
          conf,
          text: json(configuration),
        })),
      },
      path.join(folder, 'appendix'),
      { self: asOurs, other: asOurs },
    )
    expect(observation.answers.map(({ ok }) => ok)).toEqual([true, true, true])
    expect(observation.calls.map(({ stdin }) => stdin)).toEqual(requests.map(withWhatTheyLack))
    expect(requests.length).toBe(9)
    expect(new Set(observation.calls.map(({ env }) => env['CNI_ARGS']))).toEqual(
      new Set(['argA=foo']),
    )
  })

  test.each(SPEC_VERSIONS)('are results that can be said in %s and read again', (version) => {
    expect(examples.results.length).toBe(3)
    for (const example of examples.results) {
      const result = valueOf(parseResult(json(example), '1.1.0'))
      const formatted = valueOf(formatResult(result, version))
      const again = valueOf(parseResult(json(formatted)))
      expect(formatResult(again, version)).toEqual({ ok: true, value: formatted })
      if (version < '0.3.0') continue
      expect({ ...again, cniVersion: result.cniVersion }).toEqual(result)
      if (version < '1.0.0') continue
      expect(formatted).toEqual({ ...example, cniVersion: version })
    }
  })

  test('are errors and versions that are read', async () => {
    const { error, versions } = examples
    const { observation } = await observe(
      {
        title: 'section 5',
        files: {
          ...failing('one.ADD', error),
          ...answers({ 'one.VERSION': versions[0], 'two.VERSION': versions[1] }),
        },
        steps: [
          { op: 'add', text: listOf(['one']) },
          { op: 'version', plugin: 'one' },
          { op: 'version', plugin: 'two' },
        ],
      },
      path.join(folder, 'section-5'),
      { self: asOurs, other: asOurs },
    )
    const plugin = { code: error['code'], msg: error['msg'], details: error['details'] }
    expect(observation.answers).toEqual([
      { ok: false, plugin },
      { ok: true, value: versions[0]?.['supportedVersions'] },
      { ok: true, value: versions[1]?.['supportedVersions'] },
    ])
  })
})

/**
 * The appendix leaves out the `routes` of the configuration's `ipam`, against its own "passed through
 * unaltered", and the `cniVersion` that section 5 has in every result.
 */
function withWhatTheyLack(request: Readonly<Record<string, unknown>>): unknown {
  const { ipam, prevResult } = request
  return {
    ...request,
    ...(isObject(ipam) ? { ipam: { ...ipam, routes: [{ dst: '0.0.0.0/0' }] } } : {}),
    ...(isObject(prevResult) ? { prevResult: { cniVersion: '1.1.0', ...prevResult } } : {}),
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

function valueOf<T>(
  outcome: { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: Error },
): T {
  if (!outcome.ok) throw outcome.error
  return outcome.value
}
