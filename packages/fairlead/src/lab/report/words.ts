import { type Cell, isJudged, VERDICT_WORDS, type VerdictWord } from './report.ts'

/** The verdicts of a cell in words, the worst first: `stall 2/3, pass 1/3`, or just `pass` for one trial. */
export function verdictsText({ verdicts }: Pick<Cell, 'verdicts'>): string {
  const total = verdicts.reduce((sum, { count }) => sum + count, 0)
  return verdicts
    .map(({ word, count }) => (total === 1 ? word : `${word} ${count}/${total}`))
    .join(', ')
}

/** The rate of passing with its interval: `33 % (6-79)`; undefined if nothing was judged. */
export function passRateText({ judged, passed, passRate }: Cell): string | undefined {
  if (judged === 0) return undefined
  return `${percent(passed / judged)} % (${percent(passRate.low)}-${percent(passRate.high)})`
}

/** How bad a word is; 0 is `pass`. */
export function severity(word: VerdictWord): number {
  return VERDICT_WORDS.indexOf(word)
}

/** The worst verdict of a cell that says something about the runtime. */
export function worstJudged({ verdicts }: Pick<Cell, 'verdicts'>): VerdictWord | undefined {
  return verdicts.map(({ word }) => word).find(isJudged)
}

/** Text without characters that XML 1.0 cannot hold, not even escaped (spec 2.2), nor a page show. */
export function printable(text: string): string {
  return text.replaceAll(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
}

function percent(rate: number): string {
  return (rate * 100).toFixed(0)
}
