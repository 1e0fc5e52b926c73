/** What the path of a file within a bundle tells. */
export interface Recognised {
  /** The kind of bundle that has such files. */
  readonly layout: string | undefined
  /** The node, or, as `pod:NAMESPACE/NAME`, the pod that the file is of. */
  readonly node: string | undefined
}

type Rule = readonly [layout: string, path: RegExp, node?: 'node' | 'pod']

/** Kinds of bundles by the paths that only they have; `node`, or `namespace` and `pod`, are groups. */
const RULES: readonly Rule[] = [
  // siderolabs/go-talos-support: support/collectors/collectors.go
  [
    'talos-support',
    /(?:^|\/)(?<node>[\w.:-]+)\/(?:service-logs\/|kubernetes-logs\/|controller-runtime\.log$)/,
    'node',
  ],
  [
    'talos-support',
    /(?:^|\/)(?<node>[\da-f]+[.:][\da-f.:]+)\/(?:resources\/|(?:dmesg\.log|processes|mounts|summary|io)$)/,
    'node',
  ],
  ['talos-support', /(?:^|\/)kubernetesResources\/(?:nodes|systemPods)\.yaml$/],
  // replicatedhq/troubleshoot: pkg/collect/cluster_resources.go, logs.go
  [
    'troubleshoot',
    /(?:^|\/)cluster-resources\/pods\/logs\/(?<namespace>[^/]+)\/(?<pod>[^/]+)\/[^/]+\.log$/,
    'pod',
  ],
  ['troubleshoot', /(?:^|\/)cluster-resources\//],
  ['troubleshoot', /(?:^|\/)host-collectors\//],
  // cilium/cilium: cilium-cli/sysdump
  ['cilium-sysdump', /(?:^|\/)cilium-sysdump-[^/]*\//],
  ['cilium-sysdump', /(?:^|\/)k8s-nodes-\d{8}-\d{6}\.yaml$/],
  // sosreport/sos names its folder `sosreport-HOST-LABEL-DATE-RANDOM`.
  ['sosreport', /(?:^|\/)sosreport-(?<node>[\w.-]+?)-(?:[\w]+-)?\d{4}-\d\d-\d\d-\w+\//, 'node'],
  ['sosreport', /(?:^|\/)sos_commands\//],
  // awslabs/amazon-eks-ami: log-collector-script, `eks_INSTANCE_DATE_VERSION`
  ['eks-logs', /(?:^|\/)eks_(?<node>i-[0-9a-f]+)_/, 'node'],
  ['eks-logs', /(?:^|\/)(?:ipamd\/|sandbox-image\/|nodeadm\/|containerd\/containerd-log\.txt$)/],
  // Azure names nodes after their scale set.
  ['aks-logs', /(?:^|\/)(?<node>aks-[\w-]+-vmss[0-9a-z]{6})(?:\/|$)/, 'node'],
  ['aks-logs', /(?:^|\/)aks-[^/]*\//],
  // A folder for each node, as must-gather has.
  ['folder', /(?:^|\/)nodes\/(?<node>[\w.-]+)\//, 'node'],
  // kubectl cluster-info dump --output-directory
  ['cluster-info-dump', /(?:^|\/)(?<namespace>[a-z0-9-]+)\/(?<pod>[a-z0-9.-]+)\/logs\.txt$/, 'pod'],
  ['cluster-info-dump', /(?:^|\/)[a-z0-9-]+\/(?:events|pods|daemonsets|deployments)\.json$/],
  // fairlead lab
  ['lab-report', /(?:^|\/)traces\/[\w.-]+\.jsonl$/],
]

/** What kind of bundle a file is of, and of which node or pod it is. */
export function recognise(path: string): Recognised {
  for (const [layout, pattern, names] of RULES) {
    const groups = pattern.exec(path)?.groups
    if (groups === undefined && !pattern.test(path)) continue
    const { node, namespace, pod } = groups ?? {}
    if (names === 'node') return { layout, node }
    if (names === 'pod') return { layout, node: podName(namespace ?? '', pod ?? '') }
    return { layout, node: undefined }
  }
  return { layout: undefined, node: undefined }
}

/** How the node of a pod is called as long as only the pod is known. */
export function podName(namespace: string, pod: string): string {
  return `pod:${namespace}/${pod}`
}
