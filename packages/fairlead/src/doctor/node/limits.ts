import { readFileSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import type { ProbeFact } from '../fact.ts'
import type { Processes } from '../../node-processes.ts'

type Told = Pick<ProbeFact, 'probe' | 'text' | 'place'>

const MAX_INSTANCES = 'sys/fs/inotify/max_user_instances'

/** Whether root, as which a runtime runs, can watch no more folders; inotify(7). */
export function inotifyFacts({ all }: Processes, procDir: string): readonly Told[] {
  const most = Number(readFileSync(`${procDir}/${MAX_INSTANCES}`, 'latin1'))
  let instances = 0
  for (const process of all.values()) {
    if (process.uid !== 0) continue
    for (const target of process.descriptors.values()) {
      if (target.startsWith('anon_inode:inotify')) instances += 1
    }
  }
  if (instances < most) return []
  return [
    {
      probe: 'inotify-exhausted',
      text: `root has ${instances} inotify instances, and fs.inotify.max_user_instances is ${most}`,
      place: { source: `/proc/${MAX_INSTANCES}` },
    },
  ]
}

/** Which of these folders' file systems take no more; a folder that is missing tells nothing. */
export async function diskFacts(folders: readonly string[]): Promise<readonly Told[]> {
  const told = await Promise.all(
    folders.map(async (folder): Promise<Told | undefined> => {
      const use = await statfs(folder).catch(() => undefined)
      if (use === undefined) return undefined
      const what = [
        // What has no limit says 0 of 0.
        ...(use.blocks > 0 && use.bavail === 0 ? ['no space'] : []),
        ...(use.files > 0 && use.ffree === 0 ? ['no inode'] : []),
      ]
      if (what.length === 0) return undefined
      return {
        probe: 'disk-full',
        text: `The file system of ${folder} has ${what.join(' and ')} left`,
        place: { source: folder },
      }
    }),
  )
  return told.filter((fact) => fact !== undefined)
}
