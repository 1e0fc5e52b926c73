import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import type { KubeApi, Resource } from '../packages/fairlead/src/kube/api.ts'
import { connectKube } from '../packages/fairlead/src/kube/http-api.ts'
import { systemClock, waitUntil } from '../packages/fairlead/src/ports.ts'
import { upgradesOf } from '../packages/fairlead/src/ui/upgrades.ts'
import { UPGRADE_STATUS } from '../packages/fairlead/src/ui/upgrades-fixture.ts'
import { RUNTIME_UPGRADES } from '../packages/fairlead/src/upgrade/resource.ts'
import { ASSETS, type RealApiServer, startApiServer } from './api-server.ts'

const CALL = { timeoutMs: 10_000 }
const CRDS: Resource = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  plural: 'customresourcedefinitions',
  kind: 'CustomResourceDefinition',
  namespaced: false,
  status: true,
}

describe.skipIf(ASSETS === undefined)(
  'the upgrades of a real API server, for the live page',
  () => {
    let server: RealApiServer
    let api: KubeApi & Disposable

    beforeAll(async () => {
      server = await startApiServer(ASSETS ?? '', { nobody: 'nobody' })
      api = connectKube(server.access('admin'))
    })

    afterAll(async () => {
      api[Symbol.dispose]()
      await server[Symbol.asyncDispose]()
    })

    async function asked(token: string) {
      const access = server.access(token)
      return upgradesOf(async () => connectKube(access), AbortSignal.timeout(20_000))
    }

    test('are none that it knows without the CRD, and are listed with their status with it', async () => {
      expect(await asked('admin')).toMatchObject({
        problem: 'This cluster knows no RuntimeUpgrade.',
      })

      const crd = await readFile('deploy/crds/fairlead.dev_runtimeupgrades.yaml', 'utf8')
      expect(await api.create(CRDS, parse(crd), CALL)).toMatchObject({ ok: true })
      // It serves the new kind a moment later.
      const isServed = async () => (await asked('admin')).ok
      const times = { clock: systemClock, everyMs: 200, timeoutMs: 20_000 }
      expect(await waitUntil(isServed, times)).toBe(true)
      const object = {
        apiVersion: 'fairlead.dev/v1alpha1',
        kind: 'RuntimeUpgrade',
        metadata: { name: 'next' },
        spec: { target: { version: '2.1.9' } },
      }
      const made = await api.create(RUNTIME_UPGRADES, object, CALL)
      const known = made.ok ? made.value : object
      const options = { ...CALL, subresource: 'status' } as const
      expect(
        await api.replace(RUNTIME_UPGRADES, { ...known, status: UPGRADE_STATUS }, options),
      ).toMatchObject({
        ok: true,
      })
      expect(await asked('admin')).toMatchObject({
        ok: true,
        upgrades: [
          { name: 'next', content: { ok: true, version: '2.1.9', status: UPGRADE_STATUS } },
        ],
      })
    })

    test('are refused to whom RBAC does not let see them, in the words of the server', async () => {
      expect(await asked('nobody')).toMatchObject({
        ok: false,
        problem: expect.stringMatching(/^The API server: .*cannot list resource "runtimeupgrades"/),
      })
    })
  },
)
