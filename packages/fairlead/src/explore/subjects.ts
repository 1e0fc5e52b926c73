import { FairleadError } from '../errors.ts'
import { FAIRLEAD } from './fairlead.ts'
import { FAULT_KINDS, type FaultKind } from './faults.ts'
import { GO_CNI } from './go-cni.ts'
import { MUTANTS } from './mutants.ts'
import type { CreateSubject } from './subject.ts'

/** What can be explored, by name. */
export const SUBJECTS: ReadonlyMap<string, CreateSubject> = new Map([
  ...Object.entries(GO_CNI).map(
    ([version, createSubject]) => [`go-cni@${version}`, createSubject] as const,
  ),
  ['fairlead', FAIRLEAD],
])

/** The subject of that name, mutants included, which nobody wants to see unasked. Fails with FL_SUBJECT_UNKNOWN. */
export function subjectNamed(name: string): CreateSubject {
  const createSubject = SUBJECTS.get(name) ?? MUTANTS.get(name)
  if (createSubject !== undefined) return createSubject
  throw new FairleadError('FL_SUBJECT_UNKNOWN', `There is no subject named "${name}".`, {
    hint: `Name one of ${[...SUBJECTS.keys()].join(', ')}.`,
  })
}

/** The faults that the subject of that name could show: go-cni's models keep no attachments. */
export function faultKindsOf(name: string): readonly FaultKind[] {
  return name.startsWith('go-cni@') ? FAULT_KINDS.filter((kind) => kind !== 'leak') : FAULT_KINDS
}
