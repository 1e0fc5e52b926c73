import { FairleadError } from '../errors.ts'
import { guarded } from './agent-boot.ts'
import { AGENT_MUTANTS } from './agent-mutants.ts'
import { booted } from './boot.ts'
import { FAIRLEAD } from './fairlead.ts'
import { FAULT_KINDS, type FaultKind } from './faults.ts'
import { GO_CNI } from './go-cni.ts'
import { MUTANTS } from './mutants.ts'
import type { BeginTrial } from './trial.ts'

/** What can be explored, by name. */
export const SUBJECTS: ReadonlyMap<string, BeginTrial> = new Map([
  ...Object.entries(GO_CNI).map(
    ([version, createSubject]) => [`go-cni@${version}`, booted(createSubject)] as const,
  ),
  ['fairlead', booted(FAIRLEAD)],
])

/** The agent in front of each of them, by name. Its schedules are too many to try them all. */
export const AGENTS: ReadonlyMap<string, BeginTrial> = new Map(
  Object.entries(GO_CNI).map(([version, createSubject]) => [
    `agent@${version}`,
    guarded(createSubject),
  ]),
)

/** The subject of that name, mutants included, which nobody wants to see unasked. Fails with FL_SUBJECT_UNKNOWN. */
export function subjectNamed(name: string): BeginTrial {
  const begin = SUBJECTS.get(name) ?? AGENTS.get(name) ?? AGENT_MUTANTS.get(name)
  if (begin !== undefined) return begin
  const mutant = MUTANTS.get(name)
  if (mutant !== undefined) return booted(mutant)
  throw new FairleadError('FL_SUBJECT_UNKNOWN', `There is no subject named "${name}".`, {
    hint: `Name one of ${[...SUBJECTS.keys(), ...AGENTS.keys()].join(', ')}.`,
  })
}

/** The faults that the subject of that name could show: go-cni's models keep no attachments, say. */
export function faultKindsOf(name: string): readonly FaultKind[] {
  if (AGENTS.has(name) || AGENT_MUTANTS.has(name)) {
    return FAULT_KINDS.filter((kind) => kind !== 'flap' && kind !== 'leak')
  }
  const without: readonly FaultKind[] = name.startsWith('go-cni@') ? ['leak', 'breach'] : ['breach']
  return FAULT_KINDS.filter((kind) => !without.includes(kind))
}
