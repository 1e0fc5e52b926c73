import { expect, test } from 'vitest'
import { fakeScenario } from '../../../../tests/fake-scenario.ts'
import type { SocketInstall } from './runtimes/install.ts'
import type { Scenario } from './scenario.ts'
import { skipReason } from './skip.ts'

const SOCKET: SocketInstall = {
  kind: 'socket',
  name: 'cri=unix:///run/cri.sock',
  version: { text: 'containerd 2.1.0' },
  socketPath: '/run/cri.sock',
}
const WITH_LEAVE = { ...SOCKET, folders: { confDir: '/net.d', binDir: '/bin' } }

function scenario(fields: object): { readonly scenario: Scenario } {
  return {
    scenario: fakeScenario(fields),
  }
}

function steps(...list: object[]) {
  return scenario({ steps: list })
}

const WATCHES = steps({ do: 'wait', for: '1s' }, { do: 'wait-for-network', within: '1s' })

test('a scenario that only watches is run on any runtime', () => {
  expect(skipReason(SOCKET, WATCHES)).toBeUndefined()
})

test.each([
  ['adds pods', steps({ do: 'start-pods', count: 1 })],
  [
    'writes in rounds',
    steps({
      do: 'repeat',
      times: 2,
      every: '1s',
      steps: [{ do: 'write-file', file: 'a', text: '' }],
    }),
  ],
  ['begins with a config', scenario({ confDirAtStart: ['cilium'] })],
])('one that %s takes leave on a runtime that is there already', (_what, loaded) => {
  expect(skipReason(SOCKET, loaded)).toContain('--allow-destructive')
  expect(skipReason(WITH_LEAVE, loaded)).toBeUndefined()
})

test.each([
  'stop-runtime',
  'kill-runtime',
  'start-runtime',
  'upgrade-runtime',
  'reboot',
  'remove-conf-dir',
  'make-conf-dir',
])('%s is for runtimes of the lab only, whatever the leave', (what) => {
  const loaded = steps({ do: 'repeat', times: 1, every: '1s', steps: [{ do: what }] })
  expect(skipReason(WITH_LEAVE, loaded)).toMatch(
    /^it takes a runtime and a machine of the lab's own: /,
  )
  expect(
    skipReason({ kind: 'embedded', name: 'f', version: { text: '1' } }, loaded),
  ).toBeUndefined()
})

test('nothing can be done before a runtime that is there already starts', () => {
  const loaded = scenario({ beforeStart: [{ do: 'binary', plugin: 'loopback', is: 'missing' }] })
  expect(skipReason(WITH_LEAVE, loaded)).toBe(
    'it takes a runtime that the lab starts: before that, the executable of loopback is gone',
  )
})
