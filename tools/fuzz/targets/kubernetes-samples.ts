/** A Node as an API server has it, under an upgrade. */
export const NODE = {
  apiVersion: 'v1',
  kind: 'Node',
  metadata: {
    name: 'worker-1',
    uid: 'u1',
    resourceVersion: '7',
    creationTimestamp: '2025-11-25T04:00:21Z',
    labels: { 'topology.kubernetes.io/zone': 'a', constructor: 'x' },
    annotations: {
      'fairlead.dev/runtime-upgrade': JSON.stringify({
        upgrade: 'u',
        wave: 1,
        phase: 'soak',
        since: '2025-11-25T04:00:21Z',
        from: '2.0.1',
        cordoned: false,
      }),
      'fairlead.dev/runtime-slot': '2.0.1',
      'fairlead.dev/runtime-slot-result': JSON.stringify({
        target: '2.1.9',
        outcome: 'active',
        message: 'm',
      }),
    },
  },
  spec: { unschedulable: true, taints: [] },
  status: {
    conditions: [
      {
        type: 'Ready',
        status: 'False',
        reason: 'KubeletNotReady',
        message: 'container runtime is down',
        lastTransitionTime: '2025-11-25T04:00:21Z',
      },
    ],
    addresses: [{ type: 'InternalIP', address: '10.0.0.1' }],
    nodeInfo: {
      containerRuntimeVersion: 'containerd://2.0.1',
      kubeletVersion: 'v1.32.1',
      osImage: 'Debian 12',
    },
  },
}

/** A pod that asks for a second network and has none. */
export const POD = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: 'web-0',
    namespace: 'shop',
    uid: 'u2',
    labels: { app: 'web' },
    annotations: {
      'k8s.v1.cni.cncf.io/networks': '[{"name":"storage"},{"name":"x","namespace":"y"}]',
      'k8s.v1.cni.cncf.io/network-status':
        '[{"name":"cilium","interface":"eth0","ips":["10.0.0.2"]}]',
    },
    ownerReferences: [
      { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web', uid: 'u3', controller: true },
    ],
  },
  spec: {
    nodeName: 'worker-1',
    hostNetwork: false,
    containers: [{ name: 'c', image: 'quay.io/cilium/cilium:v1.16.5' }],
  },
  status: {
    phase: 'Running',
    startTime: '2025-11-25T04:00:21Z',
    conditions: [{ type: 'Ready', status: 'True' }],
    containerStatuses: [
      {
        name: 'c',
        state: { waiting: { reason: 'CrashLoopBackOff', message: 'm' } },
        lastState: {
          terminated: { reason: 'Error', exitCode: 1, finishedAt: '2025-11-25T04:00:21Z' },
        },
      },
    ],
  },
}

/** A disruption budget over that pod. */
export const BUDGET = {
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: { name: 'web', namespace: 'shop' },
  spec: {
    minAvailable: '50%',
    selector: {
      matchLabels: { app: 'web' },
      matchExpressions: [{ key: 'app', operator: 'In', values: ['web', 'x'] }],
    },
  },
  status: { expectedPods: 2 },
}

/** An upgrade, with most of what its spec can say. */
export const UPGRADE = {
  apiVersion: 'fairlead.dev/v1alpha1',
  kind: 'RuntimeUpgrade',
  metadata: { name: 'containerd', uid: 'u', generation: 2 },
  spec: {
    target: { version: '2.1.9' },
    executor: { job: { image: 'x/y', command: ['a'], env: { A: 'b' } } },
    nodeSelector: { a: 'b' },
    canary: { nodes: 2, nodeSelector: { canary: 'yes' } },
    waves: ['1%', 10, '50%', '100%'],
    maxUnavailable: '10%',
    zoneKey: 'topology.kubernetes.io/zone',
    windows: [{ days: ['Mon', 'Tue'], start: '22:00', end: '04:00', timeZone: 'Europe/Berlin' }],
    drain: { timeout: '10m' },
    soak: { duration: '3m', patience: '15s', deadline: '15m' },
    gates: [
      { name: 'alerts', prometheus: { url: 'http://prometheus:9090', query: 'ALERTS' } },
      { name: 'agent', nodeCondition: { type: 'FairleadNetworkReady' } },
    ],
    onFailure: 'rollback-wave',
    maxFailed: 1,
    approval: 'after-canary',
  },
  status: { phase: 'Running', wave: 1, message: 'm', conditions: [] },
}
