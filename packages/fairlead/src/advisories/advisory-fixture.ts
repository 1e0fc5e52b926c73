/** The text of a valid advisory; tests change it. */
export const ADVISORY = `id: mine
title: Mine hangs
published: 2026-11-25
modified: 2026-11-25
category: runtime-lock
severity: high
effects: [node-notready]
cause: A lock is held.
affected:
  - component: containerd
    ranges:
      - { introduced: '2.0.1', fixed: '2.0.3' }
symptoms:
  - { source: kubelet-log, text: it hangs, specificity: strong }
remedies:
  - kind: fix
    text: Upgrade.
    needs: [{ component: containerd, atLeast: '2.0.3' }]
    harm: runtime
    automation: consent
citations:
  - { type: issue, url: 'https://example.com/1' }
inNewest: { status: 'no', evidence: '2.3.4: the lock is gone.' }
confidence: high
zh-CN:
  title: 卡住
  remedies: [升级。]
`
