import { FairleadError } from '../errors.ts'
import { formatBoot, parseBoot } from './settings.ts'
import type { BootOptions } from './boot-options.ts'
import { formatSchedule, parseSchedule, type Schedule } from './schedule.ts'
import { subjectNamed } from './subjects.ts'

/** All that makes a run: the same text is the same run, step by step. */
export interface ReplayOf {
  readonly subject: string
  readonly boot: BootOptions
  readonly schedule: Schedule
}

/** Changes with everything that lets an old string mean another run. */
const VERSION = 'x1'

/** `x1:go-cni@1.1.12:pods=2:0.1-2.1`: needs no quotes in a shell. */
export function formatReplay({ subject, boot, schedule }: ReplayOf): string {
  return [VERSION, subject, formatBoot(boot), formatSchedule(schedule)].join(':')
}

/** Reads what {@link formatReplay} wrote. Fails with FL_REPLAY_INVALID or FL_SUBJECT_UNKNOWN. */
export function parseReplay(text: string): ReplayOf {
  const [version, subject = '', boot = '', schedule = '', ...more] = text.split(':')
  if (version !== VERSION) throw invalid(text, `it does not begin with ${VERSION}:`)
  if (more.length > 0) throw invalid(text, 'it has more than four parts')
  subjectNamed(subject)
  const options = parseBoot(boot)
  if (options === undefined) throw invalid(text, `"${boot}" is no boot`)
  const parsed = parseSchedule(schedule)
  if (parsed === undefined) throw invalid(text, `"${schedule}" is no schedule`)
  return { subject, boot: options, schedule: parsed }
}

function invalid(text: string, why: string): FairleadError {
  return new FairleadError('FL_REPLAY_INVALID', `"${text}" cannot be replayed: ${why}.`, {
    hint: 'A replay string is printed with every fault and looks like x1:go-cni@1.1.12::0.1-2.1.',
  })
}
