import type { SymptomSource } from '../../advisories/advisory.ts'

/** Who wrote a line: by the program that the format names, else by the line itself, else by its file. */
export function writerOf(
  program: string | undefined,
  message: string,
  ofFile: SymptomSource | undefined,
): SymptomSource {
  return (
    (program === undefined ? undefined : writerOfProgram(program)) ??
    ofFile ??
    writerOfMessage(message) ??
    'command-output'
  )
}

// The agents and plugins whose logs advisories speak of.
const PLUGINS =
  /cilium|multus|calico|flannel|aws-(?:node|cni|vpc)|ipamd|antrea|ovn|weave|whereabouts|istio|linkerd|sriov|dhcp|host-local|bridge|portmap|nri|dranet|-cni\b|\bcni-/i

const PROGRAMS: readonly (readonly [RegExp, SymptomSource])[] = [
  [/^kubelet|(?:^|[-_/])kubelet\b|^hyperkube$/i, 'kubelet-log'],
  [/^(?:k3s|rke2|microk8s)/i, 'kubelet-log'],
  [/containerd|^cri(?:\.log)?$/i, 'containerd-log'],
  [/^(?:crio|cri-o)\b|(?:^|[-_/.])cri-?o\b/i, 'crio-log'],
  [/^kernel$|dmesg|kern\.log/i, 'kernel-log'],
  [/^systemd(?:-[a-z]+)?$/i, 'systemd-log'],
  [/^machined|^controller-runtime/i, 'systemd-log'],
  [PLUGINS, 'plugin-log'],
]

function writerOfProgram(program: string): SymptomSource | undefined {
  return PROGRAMS.find(([name]) => name.test(program))?.[1]
}

/** Who writes a whole file, by its path within a bundle; undefined for a journal of all programs. */
export function writerOfPath(path: string): SymptomSource | undefined {
  const name = path.slice(path.lastIndexOf('/') + 1)
  if (/(?:^|[-_.])events?\b/i.test(name)) return 'event'
  if (/crictl[-_. ]?info|runtime-status/i.test(name)) return 'runtime-status'
  if (/goroutine|stacks?\b|pprof/i.test(name)) return 'goroutine-dump'
  if (/^(?:ps|ps[-_].*|processes|process-list.*)(?:\.txt|\.log)?$/i.test(name))
    return 'process-table'
  if (/\.(?:conf|conflist)(?:\.[\w-]+)?$/i.test(name)) return 'conf-file'
  if (/journal|messages|syslog/i.test(name) && !/kubelet|containerd|cri-?o\b/i.test(name)) {
    return undefined
  }
  // The name of the file tells more than the folders above it.
  return writerOfProgram(name) ?? writerOfFolders(path)
}

function writerOfFolders(path: string): SymptomSource | undefined {
  const folders = path.split('/').slice(0, -1).slice(-3)
  for (const folder of folders.toReversed()) {
    if (PLUGINS.test(folder)) return 'plugin-log'
  }
  return undefined
}

// Files of kubelet and of the CRI client in it, whose names klog writes before a line.
const KUBELET_CALLERS =
  /^[IWEF]\d{4} [\d:.]{15} +\d{1,10} (?:kubelet|pod_workers|kuberuntime_\w+|log|remote_runtime|remote_image|generic|pod_container_\w+|reconciler\w*|operation_generator|cpu_manager|memory_manager|eviction_manager|volume_manager|setters|status_manager|prober|csi_plugin|desired_state_\w+|nodeinfomanager|runtime|server|pod_startup_\w+|scope|container_manager_linux|cri_stats_provider)\w*\.go:/

function writerOfMessage(message: string): SymptomSource | undefined {
  if (KUBELET_CALLERS.test(message)) return 'kubelet-log'
  if (/^(?:time=|level=)/.test(message)) {
    if (/ subsys=/.test(message)) return 'plugin-log'
    // CRI-O's hook adds the place in its source to each line (internal/log/hooks.go).
    return / file="[\w./-]{1,200}\.go/.test(message) ? 'crio-log' : 'containerd-log'
  }
  if (
    /^\s*(?:Normal|Warning)\s/.test(message) ||
    /\s(?:Normal|Warning)\s+[A-Z]\w+\s/.test(message)
  ) {
    return 'event'
  }
  return undefined
}
