import type { Report } from '../report.ts'

/** The report, or one sentence on why the page cannot show it. */
export type ReadReport =
  | { readonly ok: true; readonly report: Report }
  | { readonly ok: false; readonly reason: string }

/** Reads the JSON that the lab wrote into the page. */
export function readReport(json: string): ReadReport {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch (error) {
    const why = error instanceof Error ? error.message : 'unreadable'
    return { ok: false, reason: `The report in this page is not JSON: ${why}` }
  }
  if (!isReport(value)) {
    return { ok: false, reason: 'The data in this page is no Fairlead lab report of version 2.' }
  }
  return { ok: true, report: value }
}

// Page and data are written together by one version of the lab: kind and version say it all.
function isReport(value: unknown): value is Report {
  return (
    typeof value === 'object' &&
    value !== null &&
    'kind' in value &&
    value.kind === 'fairlead.lab.report' &&
    'version' in value &&
    value.version === 2
  )
}
