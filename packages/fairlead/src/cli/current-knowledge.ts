import type { CurrentKnowledge } from '../advisories/knowledge.ts'
import type { CliContext } from './context.ts'

/** The newer of what ships and what was updated; says on stderr where an update cannot be used. */
export async function currentKnowledge(context: CliContext): Promise<CurrentKnowledge> {
  const { loadKnowledge } = await import('../advisories/knowledge.ts')
  const { env, stderr } = context.process
  const knowledge = await loadKnowledge(env)
  if (knowledge.problem !== undefined) {
    stderr.write(
      `${knowledge.problem}\nfairlead advisories update puts them right; ` +
        'so does removing the folder advisories in the state folder.\n',
    )
  }
  return knowledge
}
