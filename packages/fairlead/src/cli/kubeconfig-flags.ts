/** How long one call to an API server may take that somebody at a terminal waits for. */
export const CLUSTER_CALL_TIMEOUT_MS = 30_000

/** Which cluster a command talks to. */
export interface KubeconfigFlags {
  readonly kubeconfig?: string
  readonly context?: string
}

/** `--kubeconfig`, `--context`. */
export const kubeconfigFlags = {
  kubeconfig: {
    kind: 'parsed',
    parse: String,
    optional: true,
    brief: "A kubeconfig [default: $KUBECONFIG, the pod's service account, ~/.kube/config]",
    placeholder: 'file',
  },
  context: {
    kind: 'parsed',
    parse: String,
    optional: true,
    brief: 'A context of the kubeconfig [default: the current one]',
    placeholder: 'name',
  },
} as const
