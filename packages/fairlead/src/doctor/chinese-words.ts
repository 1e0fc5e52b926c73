import { componentsText } from '../advisories/exposure.ts'
import type { Probe } from '../advisories/probes.ts'
import type { ExposureOrUnknown } from './finding.ts'
import type { Words } from './words.ts'

/** And in Chinese. */
export const CHINESE: Words = {
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
  reason: ({ why }, patches) => {
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
        return chineseVersion(why.exposure, why.bounded, patches)
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
    nodes: '节点',
    findings: '结论',
    withoutEffect: '存在但没有影响：节点一直是 Ready，也没有看到由此引起的现象',
  },
  nothingFound: '没有找到原因',
  unnamedNode: '未知名称的节点',
  noFinding: (advisories) =>
    `没有找到原因：已知的 ${advisories} 种原因都没有在检查范围内留下痕迹。`,
  onlyPossible: '检查范围内没有任何内容能区分各个原因。以下原因都符合；每一个都说明了如何确认。',
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
  seen: (probe, text) => `${PROBES[probe]}：${text}`,
  unknownTime: '时间未知',
  dropped: (count) => `另有 ${count} 行有用的内容放不下；请一次少读一些文件`,
}

function chineseVersion(
  exposure: ExposureOrUnknown,
  bounded: boolean,
  patches: (whys: readonly string[]) => string,
): string {
  const which = componentsText(exposure)
  switch (exposure.is) {
    case 'affected':
      return bounded ? `${which} 存在该问题` : `${which} 存在该问题（所有版本都有）`
    case 'depends':
      return `${which} 与 ${exposure.on.join('、')} 一起时存在该问题，后者版本未知`
    case 'patched':
      return `${which} 已打补丁：${patches(exposure.whys)}`
    case 'not-affected':
      return '运行的版本不存在该问题'
    case 'unknown':
      return '版本未知'
  }
}

/** What each probe has seen, in Chinese; the details beside it are those of the node. */
const PROBES: Readonly<Record<Probe, string>> = {
  'conf-dir-missing': '配置目录不存在',
  'conf-dir-empty': '配置目录中没有网络配置',
  'conf-dir-is-link': '配置目录是一个链接',
  'conf-file-invalid': '配置文件无效',
  'conf-file-empty': '配置文件是空的',
  'conf-file-unreadable': '配置文件无法读取',
  'conf-file-dangling-link': '配置文件是指向不存在的目标的链接',
  'conf-load-fails': '加载网络配置会失败',
  'conf-foreign-runtime': '配置文件属于另一个运行时',
  'conf-of-removed-cni': '配置文件属于已移除的 CNI',
  'conf-and-conflist-twice': '同一网络同时有 .conf 和 .conflist',
  'conf-stale-temp-file': '有遗留的临时文件',
  'conf-max-conf-num': '加载的配置数量与预期不同',
  'conf-subdir-plugins': '子目录中的插件会被加入',
  'conf-meta-without-primary': '元插件的配置没有主网络',
  'conf-meta-stale': '元插件的配置已过时',
  'conf-kubeconfig-in-conf-dir': '配置目录中有 kubeconfig',
  'conf-exclusive-writer': '有程序会改名或删除其他配置',
  'conf-renamed-by-cilium': '有配置文件被 Cilium 改名',
  'version-switches-status-on': '配置的版本会启用 STATUS',
  'version-unsupported-by-plugin': '插件不支持配置的版本',
  'version-unknown': '配置的版本未知',
  'binary-missing': '插件程序不存在',
  'binary-not-executable': '插件程序不可执行',
  'binary-wrong-arch': '插件程序属于另一种架构',
  'loopback-missing': 'loopback 插件不存在',
  'containerd-config-invalid': 'containerd 的配置无效',
  'containerd-config-cri-disabled': 'containerd 的配置禁用了 CRI',
  'containerd-config-section-ignored': 'containerd 忽略了配置中的一段',
  'containerd-config-version-too-new': 'containerd 配置的版本过新',
  'containerd-config-bin-dir-twice': '同时设置了 bin_dir 和 bin_dirs',
  'containerd-config-dirs-differ': 'containerd 使用的目录与预期不同',
  'goroutines-recursive-read-lock': '同一个 goroutine 两次申请读锁',
  'goroutines-writer-behind-plugin': '重新加载在等待正在运行的插件',
  'goroutines-status-exec': 'Status 在等待一个执行 STATUS 的插件',
  'goroutines-no-lock-wait': '没有 goroutine 在等待 CNI 的锁',
  'status-silent': 'Status 没有应答',
  'status-slow': 'Status 应答很慢',
  'listing-silent': '连列表也没有应答',
  'plugin-process-hung': '插件进程长时间没有结束',
  'plugin-status-hung': '执行 STATUS 的插件没有结束',
  'plugin-pipe-held': '插件的输出管道被其他进程占用',
  'conf-changed-during-plugin': '插件运行期间配置目录发生了变化',
  'conf-not-loaded': '配置文件没有被加载',
  'conf-dir-watched': '运行时在监视配置目录',
  'conf-dir-not-watched': '运行时没有在监视配置目录',
  'cni-result-left': '有遗留的网络附着',
  'cni-result-of-other-network': '遗留的网络附着属于另一个网络',
  'netns-left': '有遗留的网络命名空间',
  'runtime-process-missing': '运行时进程不存在或已退出',
  'inotify-exhausted': 'inotify 已耗尽',
  'disk-full': '磁盘已满',
  'node-lease-fresh': '节点的租约仍在续期，kubelet 还在运行',
  'pods-without-networks': 'Pod 运行时缺少它申请的网络',
}
