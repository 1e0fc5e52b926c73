import type { Component, SymptomSource } from '../advisories/advisory.ts'
import { parseVersion } from '../advisories/version.ts'
import { owned } from '../safe-text.ts'

/** A version that a line tells. */
export interface VersionRead {
  readonly component: Component
  readonly version: string
}

const V = String.raw`(v?\d{1,5}\.\d{1,5}(?:\.\d{1,7})?[\w.+~-]{0,60})`

/** How components tell their version, and a text that each such line has. */
const VERSIONS: readonly (readonly [text: string, line: RegExp, component: Component])[] = [
  // cmd/containerd/command/main.go: `msg="starting containerd" revision=… version=v2.0.1`
  ['starting containerd', new RegExp(`starting containerd.*?version"?[=:]"?${V}`), 'containerd'],
  // `containerd --version`: `containerd github.com/containerd/containerd/v2 v2.0.1 88aa2f5…`
  ['containerd github.com', new RegExp(`containerd github\\.com/\\S{1,80} ${V}`), 'containerd'],
  ['containerd containerd.io', new RegExp(`containerd containerd\\.io ${V}`), 'containerd'],
  ['containerd://', new RegExp(`\\bcontainerd://${V}`), 'containerd'],
  ['cri-o://', new RegExp(`\\bcri-o://${V}`), 'cri-o'],
  ['crio version', new RegExp(`\\bcrio version ${V}`), 'cri-o'],
  ['Starting CRI-O', new RegExp(`Starting CRI-O, version: ${V}`), 'cri-o'],
  // cmd/kubelet/app/server.go: `"Kubelet version" kubeletVersion="v1.32.0"`
  ['kubeletVersion=', new RegExp(`kubeletVersion="${V}`), 'kubernetes'],
  ['Kubelet Version:', new RegExp(`Kubelet Version:\\s{0,30}${V}`), 'kubernetes'],
  ['Kubernetes v', new RegExp(`^Kubernetes ${V}`), 'kubernetes'],
  ['Server Version:', new RegExp(`^Server Version: ${V}`), 'kubernetes'],
  ['msg="Cilium 1.', new RegExp(`msg="Cilium ${V}`), 'cilium'],
  ['Talos (v', new RegExp(`Talos \\(${V}\\)`), 'talos'],
  // Images, wherever they are named.
  ['/cilium/cilium:', new RegExp(`/cilium/cilium:${V}`), 'cilium'],
  ['/multus-cni:', new RegExp(`/multus-cni:${V}`), 'multus'],
  ['/calico/node:', new RegExp(`calico/node:${V}`), 'calico'],
  ['/calico/cni:', new RegExp(`calico/cni:${V}`), 'calico'],
  ['/flannel:v', new RegExp(`/flannel:${V}`), 'flannel'],
  ['/amazon-k8s-cni:', new RegExp(`/amazon-k8s-cni:${V}`), 'aws-vpc-cni'],
  ['/antrea-agent', new RegExp(`/antrea-agent[\\w-]{0,20}:${V}`), 'antrea'],
  ['/kube-ovn:', new RegExp(`/kube-ovn:${V}`), 'kube-ovn'],
  ['/whereabouts:', new RegExp(`/whereabouts:${V}`), 'whereabouts'],
]

/** Texts that lines with a version have. */
export const VERSION_TEXTS: readonly string[] = [...new Set(VERSIONS.map(([text]) => text))]

/** A version stands near the text that announces it; in a line that never ends nobody looks further. */
const NEAR = 1024
const PLACES_AT_MOST = 4

/** The parts of a line that begin with a text, and the character before it. */
function placesOf(text: string, line: string): readonly string[] {
  const places: string[] = []
  let at = line.indexOf(text)
  while (at !== -1 && places.length < PLACES_AT_MOST) {
    const begin = Math.max(0, at - 1)
    places.push(line.slice(begin, begin + NEAR))
    at = line.indexOf(text, at + text.length)
  }
  return places
}

/** The versions that a line tells of. */
export function versionsIn(line: string, from: SymptomSource): readonly VersionRead[] {
  return VERSIONS.flatMap(([text, pattern, component]) => {
    const version = placesOf(text, line)
      .map((place) => pattern.exec(place)?.[1])
      .find((found) => found !== undefined)
      ?.replace(/^v/, '')
      .replace(/[.-]+$/, '')
    if (version === undefined || parseVersion(version) === undefined) return []
    // An image that an event or a log of pulls names need not be the one that runs.
    if (text.startsWith('/') && from === 'kubelet-log') return []
    return [{ component, version: owned(version) }]
  })
}
