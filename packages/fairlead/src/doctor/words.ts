import type { SymptomSource } from '../advisories/advisory.ts'
import type { Language } from '../language.ts'
import type { ExposureOrUnknown, Reason } from './findings.ts'

/** Everything that the doctor itself says, in one language. */
export interface Words {
  readonly sure: Readonly<Record<'certain' | 'likely' | 'possible', string>>
  readonly harm: Readonly<Record<'none' | 'plugin' | 'pod' | 'runtime' | 'node', string>>
  readonly automation: Readonly<Record<'safe' | 'consent' | 'manual', string>>
  readonly kind: Readonly<Record<'fix' | 'workaround', string>>
  readonly weight: Readonly<Record<'decisive' | 'strong' | 'weak' | 'contradicts', string>>
  readonly reason: (reason: Reason) => string
  readonly heading: Readonly<
    Record<
      | 'why'
      | 'cause'
      | 'evidence'
      | 'contradicting'
      | 'confirm'
      | 'remedies'
      | 'more'
      | 'lookedAt'
      | 'notSeen'
      | 'problems'
      | 'timeline'
      | 'node'
      | 'findings',
      string
    >
  >
  readonly unnamedNode: string
  readonly noFinding: (advisories: number) => string
  readonly nothingContradicts: string
  readonly alike: (count: number) => string
  readonly files: (files: number, bytes: string) => string
  readonly notSeen: Readonly<Record<NotSeen, { readonly what: string; readonly how: string }>>
  readonly unknownTime: string
  readonly dropped: (count: number) => string
}

/** Kinds of sources that tell much of a node, and may be missing. */
export type NotSeen =
  | Extract<SymptomSource, 'kubelet-log' | 'node-condition' | 'event' | 'conf-file'>
  | 'runtime-log'
  | 'goroutine-dump'
  | 'runtime-version'

/** `12 MB`, in the same way in every language. */
export function bytesText(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 2 : 0)} MB`
}

/** A time of a report as people read it: `2026-11-25 04:00:21.123Z`. */
export function timeText(at: string | null, words: Words): string {
  return at === null ? words.unknownTime : at.replace('T', ' ')
}

export function wordsOf(language: Language): Words {
  return language === 'zh-CN' ? CHINESE : ENGLISH
}

function components(exposure: ExposureOrUnknown): string {
  return 'by' in exposure
    ? exposure.by.map(({ component, version }) => `${component} ${version}`).join(', ')
    : ''
}

const ENGLISH: Words = {
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
  reason: ({ why }) => {
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
        return englishVersion(why.exposure, why.bounded)
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
    findings: 'Findings',
  },
  unnamedNode: 'a node without a name',
  noFinding: (advisories) =>
    `No cause was found: none of the ${advisories} known ones has left its marks in what was looked at.`,
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
  unknownTime: 'time unknown',
  dropped: (count) =>
    `${count} more lines tell something, for which there was no room; read fewer files at once`,
}

function times(count: number): string {
  return count === 1 ? 'one sign' : `${count} signs`
}

function englishVersion(exposure: ExposureOrUnknown, bounded: boolean): string {
  const which = components(exposure)
  switch (exposure.is) {
    case 'affected':
      return bounded ? `${which} has it` : `${which} has it, as every version does`
    case 'depends':
      return `${which} has it together with ${exposure.on.join(', ')}, of which nothing is known`
    case 'patched':
      return `${which} is patched: ${exposure.why}`
    case 'not-affected':
      return 'the versions that run do not have it'
    case 'unknown':
      return 'the versions are not known'
  }
}

const CHINESE: Words = {
  sure: { certain: '确定', likely: '很可能', possible: '可能' },
  harm: {
    none: '不影响任何组件',
    plugin: '影响一个 CNI 插件',
    pod: '影响 Pod',
    runtime: '会重启运行时',
    node: '影响整个节点',
  },
  automation: { safe: '可以自动执行', consent: '经许可后才可自动执行', manual: '需人工操作' },
  kind: { fix: '修复', workaround: '临时措施' },
  weight: { decisive: '决定性', strong: '强', weak: '弱', contradicts: '反证' },
  reason: ({ why }) => {
    switch (why.is) {
      case 'decisive':
        return '只有这个原因会留下这样的痕迹'
      case 'strong':
        return `${why.count} 条其他原因少有的迹象`
      case 'weak':
        return `${why.count} 条其他原因也会有的迹象`
      case 'contradicts':
        return `${why.count} 条相反的迹象`
      case 'sources':
        return `${why.count} 个来源都看到`
      case 'version':
        return chineseVersion(why.exposure, why.bounded)
    }
  },
  heading: {
    why: '依据',
    cause: '原因',
    evidence: '证据',
    contradicting: '反证',
    confirm: '如何确认',
    remedies: '处理办法（影响最小的在前）',
    more: '参考',
    lookedAt: '检查范围',
    notSeen: '缺少',
    problems: '未能读取',
    timeline: '时间线',
    node: '节点',
    findings: '结论',
  },
  unnamedNode: '未知名称的节点',
  noFinding: (advisories) =>
    `没有找到原因：已知的 ${advisories} 种原因都没有在检查范围内留下痕迹。`,
  nothingContradicts: '没有发现',
  alike: (count) => `另有 ${count} 行相同`,
  files: (files, bytes) => `${files} 个文件，${bytes}`,
  notSeen: {
    'kubelet-log': {
      what: 'kubelet 日志',
      how: 'journalctl -u kubelet -o short-iso > kubelet.log；Talos：talosctl logs kubelet',
    },
    'runtime-log': {
      what: 'containerd 或 CRI-O 日志',
      how: 'journalctl -u containerd -o short-iso > containerd.log；Talos：talosctl logs cri',
    },
    'node-condition': { what: '节点状态', how: 'kubectl describe node NODE > node.txt' },
    event: { what: '事件', how: 'kubectl get events -A -o yaml > events.yaml' },
    'conf-file': {
      what: 'CNI 配置文件',
      how:
        'tar -C /etc/cni -cf net.d.tar net.d；Talos 的支持包不含这些文件：' +
        '先 talosctl list /etc/cni/net.d，再逐个 talosctl read',
    },
    'goroutine-dump': {
      what: '运行时的 goroutine 转储（可区分锁和慢插件）',
      how: 'kill -USR1 "$(pidof containerd)" 不影响运行，写入 /tmp/containerd.*.stacks.log',
    },
    'runtime-version': {
      what: '运行时版本',
      how: 'containerd --version > versions.txt；或 kubectl get nodes -o yaml > nodes.yaml',
    },
  },
  unknownTime: '时间未知',
  dropped: (count) => `另有 ${count} 行有用的内容放不下；请一次少读一些文件`,
}

function chineseVersion(exposure: ExposureOrUnknown, bounded: boolean): string {
  const which = components(exposure)
  switch (exposure.is) {
    case 'affected':
      return bounded ? `${which} 存在该问题` : `${which} 存在该问题（所有版本都有）`
    case 'depends':
      return `${which} 与 ${exposure.on.join('、')} 一起时存在该问题，后者版本未知`
    case 'patched':
      return `${which} 已打补丁：${exposure.why}`
    case 'not-affected':
      return '运行的版本不存在该问题'
    case 'unknown':
      return '版本未知'
  }
}
