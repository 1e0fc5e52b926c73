import { systemClock } from '../ports.ts'
import { BOOT_DEFAULTS, type BootOptions } from './boot-options.ts'
import { explore } from './explore.ts'
import type { Search, SubjectReport } from './report.ts'

/** Searches one subject, in a boot that differs from the default as is said, and returns its report. */
export async function search(
  subject: string,
  how: Search,
  boot: Partial<BootOptions> = {},
): Promise<SubjectReport> {
  const { subjects } = await explore({
    subjects: [subject],
    search: how,
    boot: { ...BOOT_DEFAULTS, ...boot },
    clock: systemClock,
    signal: new AbortController().signal,
  })
  const [report] = subjects
  if (report === undefined) throw new Error('there is no report')
  return report
}
