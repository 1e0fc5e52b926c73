import type http from 'node:http'
import { PassThrough } from 'node:stream'
import { stringify } from 'yaml'
import type { KubeObject } from '../../../packages/fairlead/src/kube/api.ts'
import { budgetInTheWay } from '../../../packages/fairlead/src/kube/disruption-budget.ts'
import { answeredError } from '../../../packages/fairlead/src/kube/http-errors.ts'
import { connectKube } from '../../../packages/fairlead/src/kube/http-api.ts'
import { watchEvents } from '../../../packages/fairlead/src/kube/http-watch.ts'
import { kubeObject } from '../../../packages/fairlead/src/kube/kube-object.ts'
import { kubeconfigAccess } from '../../../packages/fairlead/src/kube/kubeconfig.ts'
import { leaseClaim } from '../../../packages/fairlead/src/kube/lease.ts'
import { MemoryStore } from '../../../packages/fairlead/src/kube/memory-store.ts'
import { missingNetworks } from '../../../packages/fairlead/src/kube/missing-networks.ts'
import { POD_DISRUPTION_BUDGETS, PODS } from '../../../packages/fairlead/src/kube/resources.ts'
import { labelsMatch, selectorOf } from '../../../packages/fairlead/src/kube/selectors.ts'
import { jsonOrUndefined } from '../../../packages/fairlead/src/json.ts'
import {
  nodeInfoOf,
  viewOf,
} from '../../../packages/fairlead/src/upgrade/controller/node-object.ts'
import { upgradeOf } from '../../../packages/fairlead/src/upgrade/controller/upgrade-object.ts'
import { census, Cluster } from '../../../packages/fairlead/src/upgrade/cluster.ts'
import { endOf } from '../../../packages/fairlead/src/upgrade/executors/jobs.ts'
import { planOf } from '../../../packages/fairlead/src/upgrade/plan.ts'
import { readManifest } from '../../../packages/fairlead/src/upgrade/resource.ts'
import { isOpen } from '../../../packages/fairlead/src/upgrade/windows.ts'
import { systemClock } from '../../../packages/fairlead/src/ports.ts'
import { scratchFile } from '../scratch.ts'
import { demand, type FuzzTarget, json, text, unlessRefused, yaml } from '../target.ts'
import { BUDGET, NODE, POD, UPGRADE } from './kubernetes-samples.ts'

const KUBECONFIG = `apiVersion: v1
kind: Config
current-context: a
clusters:
- name: c
  cluster: {server: "https://10.0.0.1:6443", certificate-authority-data: YWJj, tls-server-name: x}
contexts:
- name: a
  context: {cluster: c, user: u}
users:
- name: u
  user: {token: t, client-certificate-data: YWJj, client-key-data: YWJj}
- name: v
  user: {exec: {apiVersion: client.authentication.k8s.io/v1, command: aws, args: [x], env: [{name: A, value: b}]}}
`
const LEASE = {
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  metadata: { name: 'l', namespace: 'n', resourceVersion: '1' },
  spec: {
    holderIdentity: 'a',
    leaseDurationSeconds: 15,
    renewTime: '2025-11-25T04:00:21.000000Z',
    leaseTransitions: 3,
  },
}
const STATUS = {
  kind: 'Status',
  status: 'Failure',
  message: 'm',
  reason: 'TooManyRequests',
  code: 429,
  details: { retryAfterSeconds: 1, causes: [{ reason: 'DisruptionBudget' }] },
}
const REASONS = new Set([
  'not-found',
  'already-exists',
  'conflict',
  'forbidden',
  'unauthorized',
  'invalid',
  'gone',
  'throttled',
  'disruption-budget',
  'server-error',
  'unreachable',
  'deadline',
  'aborted',
])
const { signal } = new AbortController()

/** An object of the API, as every answer of an API server is read. */
function objectOf(input: Buffer): KubeObject | undefined {
  return kubeObject.safeParse(jsonOrUndefined(input.toString())).data
}

/** An answer of an API server with this body. */
function answered(body: Buffer): http.IncomingMessage {
  const stream = new PassThrough()
  stream.end(body)
  // What reads it takes a status, headers and a stream; a socket is not asked for.
  return Object.assign(stream, {
    statusCode: 200,
    headers: {},
    complete: true,
  }) as unknown as http.IncomingMessage
}

async function feedWatch(input: Buffer): Promise<boolean> {
  const transport = {
    open: () => Promise.resolve(answered(input)),
    send: () => Promise.reject(new Error('a watch sends nothing')),
    [Symbol.dispose]: () => undefined,
  }
  let events = 0
  for await (const event of watchEvents(transport, '/api/v1/nodes', signal)) {
    events += 1
    if (event.type === 'failed') demand(REASONS.has(event.error.reason), 'an unknown reason')
    else if (event.type !== 'bookmark') demand(event.object.metadata.name !== undefined, 'no name')
  }
  return events > 1
}

function feedNode(input: Buffer): boolean {
  const node = objectOf(input)
  if (node === undefined) return false
  const upgrade = upgradeOf(UPGRADE)
  if (typeof upgrade === 'string') throw new Error(upgrade)
  const view = viewOf(node, upgrade.spec, nodeInfoOf(node, 'containerRuntimeVersion'))
  planOf(upgrade.spec, new Cluster('u', '2.1.9', census([view])))
  return view.note !== undefined
}

async function feedUpgrade(input: Buffer): Promise<boolean> {
  const file = scratchFile('upgrade.yaml', input)
  const manifest = await unlessRefused(['FL_UPGRADE_FILE'], () => readManifest(file))
  const object = objectOf(input)
  const upgrade = object === undefined ? 'none' : upgradeOf(object)
  if (typeof upgrade !== 'string') isOpen(upgrade.spec.windows, Date.UTC(2025, 10, 25))
  return manifest !== undefined || typeof upgrade !== 'string'
}

function feedPod(input: Buffer): boolean {
  const pod = objectOf(input)
  if (pod === undefined) return false
  endOf(pod)
  const store = new MemoryStore()
  store.put(PODS, pod)
  store.put(POD_DISRUPTION_BUDGETS, BUDGET)
  budgetInTheWay(store, pod)
  const others = new MemoryStore()
  others.put(PODS, POD)
  others.put(POD_DISRUPTION_BUDGETS, pod)
  budgetInTheWay(others, POD)
  return missingNetworks(pod.metadata).length > 0
}

/** A Lease that somebody wrote never makes who wants it fail; what it writes over it is a number. */
async function feedLease(input: Buffer): Promise<boolean> {
  const found = objectOf(input)
  if (found === undefined) return false
  const written: KubeObject[] = []
  const write = (object: KubeObject) => {
    written.push(object)
    return Promise.resolve({ ok: true, value: object } as const)
  }
  const api = {
    get: () => Promise.resolve({ ok: true, value: found } as const),
    create: (_: unknown, object: KubeObject) => write(object),
    replace: (_: unknown, object: KubeObject) => write(object),
  }
  const world = { api, clock: systemClock, wallMs: () => 0 }
  const attempt = await leaseClaim({ namespace: 'n', name: 'l', identity: 'me' }, world).attempt(
    signal,
  )
  demand(attempt.kind !== 'held' || written.length === 1, 'held, and nothing was written')
  return attempt.kind === 'held'
}

export function kubernetesTargets(): readonly FuzzTarget[] {
  return [
    {
      name: 'kubeconfig',
      reads: 'kubeconfigs',
      covers: ['packages/fairlead/src/kube/kubeconfig.ts', 'packages/fairlead/src/yaml.ts'],
      samples: [yaml(KUBECONFIG)],
      feed: async (input) => {
        const file = scratchFile('kubeconfig', input)
        const access = await unlessRefused(['FL_KUBECONFIG'], () =>
          kubeconfigAccess([file], undefined, {}),
        )
        if (access === undefined) return false
        // Connects to nobody before the first request.
        using _ = connectKube(access)
        return true
      },
    },
    {
      name: 'kube-watch',
      reads: 'the lines of a watch of an API server',
      covers: [
        'packages/fairlead/src/kube/http-watch.ts',
        'packages/fairlead/src/kube/kube-object.ts',
      ],
      samples: [
        text(
          [
            { type: 'ADDED', object: NODE },
            { type: 'MODIFIED', object: POD },
            { type: 'BOOKMARK', object: { metadata: { resourceVersion: '9' } } },
            { type: 'ERROR', object: STATUS },
          ]
            .map((event) => `${JSON.stringify(event)}\n`)
            .join(''),
        ),
      ],
      cost: 4,
      feed: feedWatch,
    },
    {
      name: 'kube-errors',
      reads: 'refusals of an API server, or of a proxy before it',
      covers: ['packages/fairlead/src/kube/http-errors.ts'],
      samples: [json(STATUS), text('30'), text('Infinity')],
      feed: (input) => {
        const words = input.toString()
        const { reason, retryAfterMs = 0 } = answeredError(429, jsonOrUndefined(words), words)
        demand(REASONS.has(reason), 'an unknown reason')
        demand(
          retryAfterMs >= 0 && retryAfterMs <= 3_600_000,
          `it would wait for ${retryAfterMs} ms`,
        )
        return reason !== 'throttled'
      },
    },
    {
      name: 'kube-node',
      reads: 'Nodes: conditions, versions, the notes and results on them',
      covers: [
        'packages/fairlead/src/kube/node-conditions.ts',
        'packages/fairlead/src/upgrade/controller/node-object.ts',
        'packages/fairlead/src/upgrade/node-contract.ts',
      ],
      samples: [json(NODE)],
      cost: 2,
      feed: feedNode,
    },
    {
      name: 'kube-pod',
      reads: 'pods, the networks that they ask for, disruption budgets, Jobs',
      covers: [
        'packages/fairlead/src/kube/disruption-budget.ts',
        'packages/fairlead/src/kube/missing-networks.ts',
        'packages/fairlead/src/upgrade/executors/jobs.ts',
      ],
      samples: [json(POD), json(BUDGET)],
      feed: feedPod,
    },
    {
      name: 'kube-upgrade',
      reads: 'RuntimeUpgrades: files and objects',
      covers: [
        'packages/fairlead/src/upgrade/resource.ts',
        'packages/fairlead/src/upgrade/controller/upgrade-object.ts',
        'packages/fairlead/src/upgrade/spec.ts',
        'packages/fairlead/src/upgrade/windows.ts',
      ],
      samples: [json(UPGRADE), yaml(stringify(UPGRADE))],
      cost: 8,
      feed: feedUpgrade,
    },
    {
      name: 'kube-lease',
      reads: 'Leases',
      covers: ['packages/fairlead/src/kube/lease.ts'],
      samples: [json(LEASE), json({ ...LEASE, spec: { ...LEASE.spec, holderIdentity: '' } })],
      feed: feedLease,
    },
    {
      name: 'kube-selectors',
      reads: 'selectors of labels and fields',
      covers: ['packages/fairlead/src/kube/selectors.ts'],
      samples: [
        text('app=web,tier!=db,zone in (a, b),zone notin (c),x,!y'),
        text('spec.nodeName=n1,metadata.name!=x'),
        json(BUDGET.spec.selector),
      ],
      feed: (input) => {
        const words = input.toString()
        const { labels } = POD.metadata
        const byLabel = selectorOf('pods', { labelSelector: words })
        const byField = selectorOf('pods', { fieldSelector: words })
        for (const selector of [byLabel, byField]) if (selector.ok) selector.matches(POD)
        return labelsMatch(jsonOrUndefined(words), labels) || byLabel.ok || byField.ok
      },
    },
  ]
}
