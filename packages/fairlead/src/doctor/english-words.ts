import { componentsText } from '../advisories/exposure.ts'
import type { ExposureOrUnknown } from './finding.ts'
import type { Words } from './words.ts'

/** What the doctor says, in English. */
export const ENGLISH: Words = {
  sure: { certain: 'certain', likely: 'likely', possible: 'possible' },
  harm: {
    none: 'disturbs nothing',
    plugin: 'disturbs a CNI plugin',
    pod: 'disturbs pods',
    runtime: 'restarts the runtime',
    node: 'disturbs the node',
  },
  automation: {
    safe: 'safe to automate',
    consent: 'automate only where somebody allowed it',
    manual: 'for a person to do',
  },
  kind: { fix: 'fix', workaround: 'workaround' },
  weight: { decisive: 'decisive', strong: 'strong', weak: 'weak', contradicts: 'contradicts' },
  reason: ({ why }, patches) => {
    switch (why.is) {
      case 'decisive':
        return 'only this cause looks like that'
      case 'strong':
        return `${times(why.count)} that few other causes have`
      case 'weak':
        return `${times(why.count)} that other causes have, too`
      case 'contradicts':
        return `${times(why.count)} that speak against it`
      case 'sources':
        return `seen by ${why.count} observers`
      case 'version':
        return englishVersion(why.exposure, why.bounded, patches)
    }
  },
  heading: {
    why: 'Why',
    cause: 'What happens',
    evidence: 'Evidence',
    contradicting: 'Against it',
    confirm: 'To be sure',
    remedies: 'What helps, the least harm first',
    more: 'More',
    lookedAt: 'Looked at',
    notSeen: 'Not seen',
    problems: 'Not read',
    timeline: 'Timeline',
    node: 'Node',
    nodes: 'Nodes',
    findings: 'Findings',
    withoutEffect: 'Seen, without effect: the node is Ready, and nothing that comes of it was seen',
  },
  nothingFound: 'no cause found',
  unnamedNode: 'a node without a name',
  noFinding: (advisories) =>
    `No cause was found: none of the ${advisories} known ones has left its marks in what was looked at.`,
  onlyPossible:
    'Nothing that was looked at tells one cause from the others. These fit; how to be sure is said of each.',
  nothingContradicts: 'nothing was found',
  alike: (count) => (count === 1 ? 'and 1 line alike' : `and ${count} lines alike`),
  files: (files, bytes) => `${files === 1 ? '1 file' : `${files} files`}, ${bytes}`,
  notSeen: {
    'kubelet-log': {
      what: "kubelet's log",
      how: 'journalctl -u kubelet -o short-iso > kubelet.log; on Talos: talosctl logs kubelet',
    },
    'runtime-log': {
      what: 'the log of containerd or CRI-O',
      how: 'journalctl -u containerd -o short-iso > containerd.log; on Talos: talosctl logs cri',
    },
    'node-condition': {
      what: 'the conditions of the node',
      how: 'kubectl describe node NODE > node.txt',
    },
    event: { what: 'events', how: 'kubectl get events -A -o yaml > events.yaml' },
    'conf-file': {
      what: 'the CNI conf files',
      how:
        'tar -C /etc/cni -cf net.d.tar net.d; on Talos, whose support bundle has none: ' +
        'talosctl list /etc/cni/net.d, then talosctl read each',
    },
    'goroutine-dump': {
      what: 'a goroutine dump of the runtime, which tells locks from slow plugins',
      how: 'kill -USR1 "$(pidof containerd)" disturbs nothing and writes /tmp/containerd.*.stacks.log',
    },
    'runtime-version': {
      what: 'the version of the runtime',
      how: 'containerd --version > versions.txt; or kubectl get nodes -o yaml > nodes.yaml',
    },
  },
  seen: (_probe, text) => text,
  unknownTime: 'time unknown',
  dropped: (count) =>
    `${count} more lines tell something, for which there was no room; read fewer files at once`,
}

function times(count: number): string {
  return count === 1 ? 'one sign' : `${count} signs`
}

function englishVersion(
  exposure: ExposureOrUnknown,
  bounded: boolean,
  patches: (whys: readonly string[]) => string,
): string {
  const which = componentsText(exposure)
  switch (exposure.is) {
    case 'affected':
      return bounded ? `${which} has it` : `${which} has it, as every version does`
    case 'depends':
      return `${which} has it together with ${exposure.on.join(', ')}, of which nothing is known`
    case 'patched':
      return `${which} is patched: ${patches(exposure.whys)}`
    case 'not-affected':
      return 'the versions that run do not have it'
    case 'unknown':
      return 'the versions are not known'
  }
}
