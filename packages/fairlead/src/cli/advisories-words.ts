import type { Language } from '../language.ts'

const ENGLISH = {
  severity: { critical: 'critical', high: 'high', medium: 'medium', low: 'low' },
  concerns: 'concerns',
  fixedIn: 'fixed in',
  noFix: 'no release fixes it by itself',
  brings: (from: string) => `${from} brings it`,
  summary: (matched: number, of: number, fixable: number) =>
    `${matched} of ${of} advisories concern this combination; a release fixes ${fixable} of them.`,
  more: 'More on one: fairlead advisories show ID',
  patched: 'Not counted, because patched',
  depending: (count: number, on: string) =>
    `${count} more ${count === 1 ? 'depends' : 'depend'} on what was not given: ${on}. Give the versions to know.`,
  together: 'Not recommended together',
  fixes: 'Fixes',
  newly: 'Brings',
  stays: 'Stays',
  unsupported: 'Not a supported step',
  first: 'First',
  nothing: 'nothing that is known',
  effects: 'effects',
  cause: 'Cause',
  affected: 'Affected',
  every: 'every version',
  only: 'only with',
  patchedBy: 'not with',
  symptoms: 'Symptoms',
  confirm: 'To be sure',
  remedies: 'Remedies',
  workaround: 'workaround',
  fix: 'fix',
  needs: 'needs',
  harm: 'disturbs',
  newest: 'In the newest release',
  citations: 'Sources',
  confidence: 'confidence',
} as const

type Words = {
  readonly [key in keyof typeof ENGLISH]: (typeof ENGLISH)[key] extends string
    ? string
    : (typeof ENGLISH)[key] extends (...args: infer Args) => string
      ? (...args: Args) => string
      : Readonly<Record<'critical' | 'high' | 'medium' | 'low', string>>
}

const CHINESE: Words = {
  severity: { critical: '严重', high: '高', medium: '中', low: '低' },
  concerns: '涉及',
  fixedIn: '修复版本',
  noFix: '没有仅靠升级即可解决的版本',
  brings: (from) => `由 ${from} 自带`,
  summary: (matched, of, fixable) =>
    `${of} 条公告中有 ${matched} 条涉及这一组合，其中 ${fixable} 条可通过升级解决。`,
  more: '查看详情：fairlead advisories show ID',
  patched: '已有补丁，不计入',
  depending: (count, on) => `另有 ${count} 条取决于未给出的组件：${on}。给出它们的版本即可判断。`,
  together: '不推荐的组合',
  fixes: '升级后修复',
  newly: '升级后新增',
  stays: '升级后仍然存在',
  unsupported: '不受支持的升级步骤',
  first: '升级之前',
  nothing: '没有已知问题',
  effects: '影响',
  cause: '原因',
  affected: '受影响的版本',
  every: '所有版本',
  only: '仅当同时使用',
  patchedBy: '不包括',
  symptoms: '现象',
  confirm: '如何确认',
  remedies: '处理办法',
  workaround: '临时措施',
  fix: '修复',
  needs: '需要',
  harm: '影响范围',
  newest: '在最新版本中',
  citations: '来源',
  confidence: '可信度',
}

/** The words around advisories, in a language. */
export function wordsOf(language: Language): Words {
  return language === 'en' ? ENGLISH : CHINESE
}
