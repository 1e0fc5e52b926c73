/**
 * What Fairlead can see by itself, and an advisory can name as evidence: rules of `fairlead lint`
 * (about files), shapes in a goroutine dump, and states of a live node. One list, so that an advisory
 * cannot name what nobody looks for; a test holds that each has somebody who finds it.
 */
export const PROBES = [
  // Files: `fairlead lint`
  'conf-dir-missing',
  'conf-dir-empty',
  'conf-dir-is-link',
  'conf-file-invalid',
  'conf-file-empty',
  'conf-file-unreadable',
  'conf-file-dangling-link',
  'conf-load-fails',
  'conf-foreign-runtime',
  'conf-of-removed-cni',
  'conf-and-conflist-twice',
  'conf-stale-temp-file',
  'conf-max-conf-num',
  'conf-subdir-plugins',
  'conf-meta-without-primary',
  'conf-meta-stale',
  'conf-kubeconfig-in-conf-dir',
  'conf-exclusive-writer',
  'conf-renamed-by-cilium',
  'version-switches-status-on',
  'version-unsupported-by-plugin',
  'version-unknown',
  'binary-missing',
  'binary-not-executable',
  'binary-wrong-arch',
  'loopback-missing',
  'containerd-config-invalid',
  'containerd-config-cri-disabled',
  'containerd-config-section-ignored',
  'containerd-config-version-too-new',
  'containerd-config-bin-dir-twice',
  'containerd-config-dirs-differ',
  // Goroutine dumps
  'goroutines-recursive-read-lock',
  'goroutines-writer-behind-plugin',
  'goroutines-status-exec',
  'goroutines-no-lock-wait',
  // A live node, or what a bundle tells of one
  'status-silent',
  'status-slow',
  'listing-silent',
  'plugin-process-hung',
  'plugin-status-hung',
  'plugin-pipe-held',
  'conf-changed-during-plugin',
  'conf-not-loaded',
  'conf-dir-watched',
  'conf-dir-not-watched',
  'cni-result-left',
  'cni-result-of-other-network',
  'netns-left',
  'runtime-process-missing',
  'inotify-exhausted',
  'disk-full',
  'node-lease-fresh',
  'pods-without-networks',
] as const

/** The name of something that Fairlead can look for. */
export type Probe = (typeof PROBES)[number]
