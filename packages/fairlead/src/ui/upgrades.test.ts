import { expect, test } from 'vitest'
import { FairleadError } from '../errors.ts'
import type { KubeApi } from '../kube/api.ts'
import { MemoryApiServer } from '../kube/memory-api.ts'
import { RUNTIME_UPGRADES } from '../upgrade/resource.ts'
import { UPGRADE_STATUS } from './upgrades-fixture.ts'
import { upgradesOf } from './upgrades.ts'

const { signal } = new AbortController()

function disposable(api: KubeApi) {
  return { ...api, [Symbol.dispose]: () => {} }
}

function asked(memory: MemoryApiServer, fault?: 'not-found' | 'forbidden') {
  const error = fault && { reason: fault, message: `it is ${fault}` }
  const intercept = () => error && ({ error, when: 'before' } as const)
  return upgradesOf(async () => disposable(memory.client({ intercept })), signal)
}

test('the upgrades of the cluster come with the latest first', async () => {
  let wallMs = Date.UTC(2026, 7, 1)
  const memory = new MemoryApiServer({ wallMs: () => wallMs })
  const spec = { target: { version: '2.1.9' } }
  memory.seed(RUNTIME_UPGRADES, { metadata: { name: 'old' }, spec, status: UPGRADE_STATUS })
  wallMs += 60_000
  memory.seed(RUNTIME_UPGRADES, { metadata: { name: 'new' }, spec })
  const answer = await asked(memory)
  expect(answer).toEqual({
    ok: true,
    upgrades: [
      {
        name: 'new',
        createdAt: expect.stringMatching(/^2026-08-01T00:01/),
        content: { ok: true, version: '2.1.9', status: undefined },
      },
      {
        name: 'old',
        createdAt: expect.stringMatching(/^2026-08-01T00:00/),
        content: { ok: true, version: '2.1.9', status: UPGRADE_STATUS },
      },
    ],
  })
})

test('one that is none costs only itself', async () => {
  const memory = new MemoryApiServer({ wallMs: () => 0 })
  memory.seed(RUNTIME_UPGRADES, { metadata: { name: 'odd' }, spec: { target: 3 } })
  const answer = await asked(memory)
  expect(answer.ok && answer.upgrades[0]?.content).toMatchObject({
    ok: false,
    problem: expect.stringMatching(/^spec\.target: /),
  })
})

test('a cluster without the CRD, one that refuses, and none at all are told apart, with what to do', async () => {
  const memory = new MemoryApiServer({ wallMs: () => 0 })
  expect(await asked(memory, 'not-found')).toMatchObject({
    problem: 'This cluster knows no RuntimeUpgrade.',
    hint: expect.stringContaining('deploy/crds/'),
  })
  expect(await asked(memory, 'forbidden')).toMatchObject({
    problem: 'The API server: it is forbidden',
  })
  const none = () => {
    throw new FairleadError('FL_KUBECONFIG', 'Nothing says which cluster.', { hint: 'Name one.' })
  }
  expect(await upgradesOf(async () => none(), signal)).toEqual({
    ok: false,
    problem: 'Nothing says which cluster.',
    hint: 'Name one.',
  })
})
