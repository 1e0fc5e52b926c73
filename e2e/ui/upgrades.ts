import { MemoryApiServer } from '../../packages/fairlead/src/kube/memory-api.ts'
import { RUNTIME_UPGRADES } from '../../packages/fairlead/src/upgrade/resource.ts'

/** An upgrade that a node has stopped, and one that nobody has begun. */
export function clusterWithUpgrade(): MemoryApiServer {
  const memory = new MemoryApiServer({ wallMs: () => Date.UTC(2026, 7, 2, 14, 5) })
  const spec = { target: { version: '2.1.9' } }
  const status = {
    phase: 'Stopped',
    message: 'n-17 has failed: the wave goes back, and nothing else begins.',
    total: 200,
    wave: 2,
    waves: [{ upTo: 3 }, { upTo: 5 }, { upTo: 23 }, { upTo: 103 }, { upTo: 200 }],
    started: 38,
    done: 32,
    rolledBack: 4,
    inFlight: [{ node: 'n-18', uid: 'u', wave: 2 }],
    failures: [
      {
        node: 'n-17',
        wave: 2,
        reason: 'Status was silent for 42 s while it soaked',
        at: '2026-08-02T14:01:00Z',
      },
    ],
  }
  memory.seed(RUNTIME_UPGRADES, { metadata: { name: 'containerd-2-1-9' }, spec, status })
  const next = { target: { version: '2.3.4' } }
  memory.seed(RUNTIME_UPGRADES, { metadata: { name: 'containerd-2-3-4' }, spec: next })
  return memory
}

/** What names the API server at an address. */
export function kubeconfigOf(server: string) {
  return {
    clusters: [{ name: 'c', cluster: { server } }],
    users: [{ name: 'u', user: { token: 't' } }],
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'c',
  }
}
