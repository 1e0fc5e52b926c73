import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { FairleadError, messageOf } from '../../errors.ts'
import { writeWhole } from '../../files.ts'
import { htmlPage } from '../../html.ts'
import { pageAsset } from '../../page-asset.ts'
import { junitXml } from './junit.ts'
import { markdownSummary } from './markdown.ts'
import type { Report, Timeline } from './report.ts'
import { summaryOf } from './summary.ts'

/** The names of the files in a report's folder. */
export const REPORT_FILES = {
  html: 'report.html',
  json: 'report.json',
  summary: 'summary.json',
  junit: 'junit.xml',
  markdown: 'summary.md',
} as const

/**
 * Writes the report to `dir` in each of its forms, each file whole or not at all. `inline` puts every
 * timeline into the page, which then needs nothing beside it.
 */
export async function writeReport(
  dir: string,
  report: Report,
  { inline }: { readonly inline: boolean },
): Promise<void> {
  const contents: Readonly<Record<keyof typeof REPORT_FILES, string>> = {
    json: `${JSON.stringify(report, null, 2)}\n`,
    summary: `${JSON.stringify(summaryOf(report), null, 2)}\n`,
    junit: junitXml(report),
    markdown: markdownSummary(report),
    html: await reportPage(report, inline ? await timelineScripts(dir, report) : []),
  }
  for (const form of ['json', 'summary', 'junit', 'markdown', 'html'] as const) {
    await writeToReport(path.join(dir, REPORT_FILES[form]), contents[form])
  }
}

/**
 * Writes a timeline as a script that the page can load: from `file:` a page may run a script beside it, but
 * not fetch a file.
 */
export async function writeTimeline(file: string, id: string, timeline: Timeline): Promise<void> {
  const script = `(globalThis.fairleadTimelines ??= {})[${forScript(id)}] = ${forScript(timeline)}\n`
  await writeToReport(file, script)
}

async function timelineScripts(dir: string, report: Report): Promise<string[]> {
  return Promise.all(
    report.trials.map(({ files }) =>
      // A merged report may lack the evidence of a trial; the page says so.
      readFile(path.join(dir, files.timeline), 'utf8').catch(() => ''),
    ),
  )
}

/** The report as one HTML file that opens from disk and asks nothing of the network. */
async function reportPage(report: Report, timelines: readonly string[]): Promise<string> {
  const [script, style] = await Promise.all([
    pageAsset('report-ui', 'report.js'),
    pageAsset('report-ui', 'report.css'),
  ])
  return htmlPage({
    title: 'Fairlead lab report',
    head: `<style>${style}</style>`,
    body: `<div id="app"></div>
<noscript>This report needs JavaScript; report.json and summary.md beside it hold the same.</noscript>
<script type="application/json" id="report">${forScript(report)}</script>
${timelines.map((text) => `<script>${text}</script>`).join('\n')}
<script type="module">${script.replaceAll('</script', String.raw`<\/script`)}</script>`,
  })
}

/** JSON that may stand in a script: there, `<` can only be in a string, where the escape means the same. */
function forScript(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', String.raw`\u003c`)
}

async function writeToReport(file: string, content: string): Promise<void> {
  try {
    await writeWhole(file, content)
  } catch (error) {
    throw new FairleadError('FL_REPORT_DIR', `${file} cannot be written: ${messageOf(error)}.`, {
      hint: 'Is the disk full? Name another folder by --report.',
      cause: error,
    })
  }
}
