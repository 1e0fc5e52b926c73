import { readFile } from 'node:fs/promises'
import { type CriClient, PodSandboxState } from '@fairlead/cri'
import { systemClock, waitUntil } from '../../packages/fairlead/src/ports.ts'

/** The pods of a node that has the lab's stand-in for runc. */
export interface Pods {
  /** Starts so many more; what the processes of all are, by the id of each. */
  readonly start: (count: number) => Promise<ReadonlyMap<string, string>>
  /** Those that are ready, with their processes. */
  readonly ready: () => Promise<ReadonlyMap<string, string>>
}

/** Pods by a node's CRI; `outside` is the path by which a file of the node is reached. */
export function podsOf(cri: CriClient, outside: (file: string) => string): Pods {
  let count = 0
  const ready: Pods['ready'] = async () => {
    const list = await cri.listPodSandbox({ timeoutMs: 5_000 })
    if (!list.ok) throw list.error
    const pods = list.value.items.filter(({ state }) => state === PodSandboxState.SANDBOX_READY)
    return new Map(
      await Promise.all(pods.map(async ({ id }) => [id, await processOf(outside, id)] as const)),
    )
  }
  const startOne = async (): Promise<string | undefined> => {
    count += 1
    const name = `pod-${count}`
    let id: string | undefined
    // An image that was imported is known to CRI a moment later.
    const runs = async () => {
      const ran = await cri.runPodSandbox(
        {
          metadata: { name, namespace: 'default', uid: name, attempt: 0 },
          hostname: name,
          logDirectory: '/run/fairlead/tmp',
          linux: {},
        },
        { timeoutMs: 20_000 },
      )
      if (ran.ok) id = ran.value
      else if (!ran.error.message.includes('sandbox image')) throw ran.error
      return ran.ok
    }
    await waitUntil(runs, { clock: systemClock, everyMs: 100, timeoutMs: 10_000 })
    return id
  }
  return {
    ready,
    start: async (more) => {
      const running = await Promise.all(Array.from({ length: more }, startOne))
      const pods = await ready()
      if (running.some((id) => id === undefined || !pods.has(id)))
        throw new Error('a pod is not listed')
      return pods
    },
  }
}

/** The number and the start of a pod's process; empty where it has ended. */
async function processOf(outside: (file: string) => string, id: string): Promise<string> {
  const read = (file: string) => readFile(outside(file), 'latin1').catch(() => '')
  const pid = await read(`/run/oci/${id}/pid`)
  const stat = await read(`/proc/${pid}/stat`)
  const startTick = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
  return startTick === undefined ? '' : `${pid} since ${startTick}`
}
