import { readFile, rename, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Report } from './report.ts'

/** The names of the files in a report's folder. */
export const REPORT_FILES = { html: 'report.html', json: 'report.json' } as const

/** Writes `report.json` and `report.html` to `dir`, each whole or not at all. */
export async function writeReport(dir: string, report: Report): Promise<void> {
  await writeWhole(path.join(dir, REPORT_FILES.json), `${JSON.stringify(report, null, 2)}\n`)
  await writeWhole(path.join(dir, REPORT_FILES.html), await reportPage(report))
}

/** The report as one HTML file that needs nothing else and opens from disk. */
async function reportPage(report: Report): Promise<string> {
  const [script, style] = await Promise.all([asset('report.js'), asset('report.css')])
  // In JSON, `<` can only stand in a string, where the escape means the same.
  const data = JSON.stringify(report).replaceAll('<', String.raw`\u003c`)
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Fairlead lab report</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body>
<div id="app"></div>
<noscript>This report needs JavaScript; report.json beside it holds the same.</noscript>
<script type="application/json" id="report">${data}</script>
<script type="module">${script.replaceAll('</script', String.raw`<\/script`)}</script>
</body>
</html>
`
}

async function writeWhole(file: string, content: string): Promise<void> {
  const temporary = `${file}.tmp`
  await writeFile(temporary, content, { flush: true })
  await rename(temporary, file)
}

/** A file of the page as it was built: `dist/report-ui` of this package. */
async function asset(name: string): Promise<string> {
  const here = path.dirname(fileURLToPath(import.meta.url))
  const packageDir = path.resolve(here, '../../..')
  return readFile(path.join(packageDir, 'dist', 'report-ui', name), 'utf8')
}
