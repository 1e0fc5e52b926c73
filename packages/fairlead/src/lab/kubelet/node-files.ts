import { generateKeyPairSync, randomBytes } from 'node:crypto'

/** Where a real kubelet and its API server live in a trial's node. A reboot leaves nothing of it. */
export const KUBELET_DIR = '/run/fairlead-kubelet'

/** The name of the Node object. */
export const NODE_NAME = 'trial'

/**
 * An address of the node that is not of the loopback range, which kubelet takes for its node
 * (v1.32.13 pkg/kubelet/kubelet_node_status.go `validateNodeIP`); of RFC 5737, on `lo`.
 */
export const NODE_IP = '192.0.2.1'

export const ETCD_URL = 'http://127.0.0.1:2379'
export const API_SERVER_PORT = 6443
export const API_SERVER_URL = `https://127.0.0.1:${API_SERVER_PORT}`

/** The files that etcd, kube-apiserver and kubelet are started with, by their names in {@link KUBELET_DIR}. */
export function nodeFiles(criSocketPath: string): {
  readonly token: string
  readonly files: Readonly<Record<string, string>>
} {
  const token = randomBytes(16).toString('hex')
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  return {
    token,
    files: {
      'tokens.csv': `${token},lab,lab,system:masters\n`,
      'service-account.key': privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      'service-account.pub': publicKey.export({ type: 'spki', format: 'pem' }).toString(),
      kubeconfig: JSON.stringify(kubeconfig(token), null, 2),
      'kubelet.yaml': JSON.stringify(kubeletConfiguration(criSocketPath), null, 2),
    },
  }
}

function kubeconfig(token: string) {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    // Its certificate is made anew with each trial, and nobody else is in this network namespace.
    clusters: [
      { name: 'lab', cluster: { server: API_SERVER_URL, 'insecure-skip-tls-verify': true } },
    ],
    users: [{ name: 'lab', user: { token } }],
    contexts: [{ name: 'lab', context: { cluster: 'lab', user: 'lab' } }],
    'current-context': 'lab',
  }
}

/**
 * KubeletConfiguration (kubelet.config.k8s.io/v1beta1): kubelet's own defaults, but for what would touch the machine
 * or the pods of the trial.
 */
function kubeletConfiguration(criSocketPath: string) {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    containerRuntimeEndpoint: `unix://${criSocketPath}`,
    // The pods of a trial are the lab's: a kubelet kills what it does not know, in its housekeeping, which it leaves
    // out while a source of pods has never answered (v1.32.13 pkg/kubelet/kubelet.go:2575). This one never does.
    staticPodURL: 'http://127.0.0.1:9/',
    // No cgroup of the machine's is made, and a machine with cgroups of version 1 will do.
    cgroupsPerQOS: false,
    enforceNodeAllocatable: [],
    failCgroupV1: false,
    failSwapOn: false,
    volumePluginDir: `${KUBELET_DIR}/volume-plugins`,
    // Scenarios that fill the disk are about the runtime; the pause image is nobody's garbage.
    evictionHard: { 'memory.available': '0%', 'nodefs.available': '0%', 'imagefs.available': '0%' },
    imageGCHighThresholdPercent: 100,
    imageGCLowThresholdPercent: 99,
    authentication: { anonymous: { enabled: true }, webhook: { enabled: false } },
    authorization: { mode: 'AlwaysAllow' },
    address: '127.0.0.1',
    readOnlyPort: 0,
  }
}
