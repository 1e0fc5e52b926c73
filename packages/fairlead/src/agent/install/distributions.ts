/** Where a distribution of Kubernetes has what an agent stands in front of. */
export interface Distribution {
  readonly name: string
  /** Where installers of CNI plugins write. */
  readonly sourceDir: string
  readonly binDirs: readonly string[]
  readonly socket: string
  /** The config that containerd is started with. */
  readonly containerdConfig: string
  /** Who writes that config: people, or a program at each of its starts, so that only drop-ins last. */
  readonly writtenBy: 'people' | 'program'
  /** What the config is copied from where it is not there: the one that the system image has. */
  readonly shippedConfig?: string
  /** The units that start containerd; those of them that the node has come after the agent. */
  readonly units: readonly string[]
  /** The runtime's log, where it is not in the journal. */
  readonly logFile?: string
  /** A file or folder that only this distribution has. */
  readonly knownBy: string
}

const PLAIN = {
  sourceDir: '/etc/cni/net.d',
  binDirs: ['/opt/cni/bin'],
  socket: '/run/containerd/containerd.sock',
  containerdConfig: '/etc/containerd/config.toml',
  writtenBy: 'people',
  units: ['containerd.service'],
} as const

/** The first of which a node has what it is known by is the node's. */
export const DISTRIBUTIONS: readonly Distribution[] = [
  {
    // docs.k3s.io: advanced, networking/multus-ipams; imports drop-ins since v1.31.6 and v1.32.2.
    name: 'k3s',
    sourceDir: '/var/lib/rancher/k3s/agent/etc/cni/net.d',
    binDirs: ['/var/lib/rancher/k3s/data/cni'],
    socket: '/run/k3s/containerd/containerd.sock',
    containerdConfig: '/var/lib/rancher/k3s/agent/etc/containerd/config.toml',
    writtenBy: 'program',
    units: ['k3s.service', 'k3s-agent.service'],
    logFile: '/var/lib/rancher/k3s/agent/containerd/containerd.log',
    knownBy: '/var/lib/rancher/k3s/agent/etc/containerd',
  },
  {
    name: 'rke2',
    sourceDir: '/etc/cni/net.d',
    binDirs: ['/opt/cni/bin'],
    socket: '/run/k3s/containerd/containerd.sock',
    containerdConfig: '/var/lib/rancher/rke2/agent/etc/containerd/config.toml',
    writtenBy: 'program',
    units: ['rke2-server.service', 'rke2-agent.service'],
    logFile: '/var/lib/rancher/rke2/agent/containerd/containerd.log',
    knownBy: '/var/lib/rancher/rke2/agent/etc/containerd',
  },
  {
    // flatcar.org/docs: customizing-docker. /usr cannot be written.
    ...PLAIN,
    name: 'flatcar',
    shippedConfig: '/usr/share/containerd/config.toml',
    knownBy: '/usr/share/flatcar',
  },
  // A node of kind is a container with systemd and containerd, set up by kubeadm.
  { ...PLAIN, name: 'kind', knownBy: '/kind' },
  { ...PLAIN, name: 'kubeadm', knownBy: '/etc/containerd' },
]

/** What there is no host to install on for. */
export const TALOS = { name: 'talos', knownBy: '/etc/cri/containerd.toml' } as const
