import { CgroupDriver, connectCri, type StatusResponse } from '@fairlead/cri'
import { z } from 'zod'
import { jsonOrUndefined } from '../../json.ts'

const CALL_TIMEOUT_MS = 5000

/** The slice of systemd that takes what no other is named for; CRI-O's default too (internal/config/cgmgr). */
const SLICE = 'system.slice'

/**
 * The cgroup that pods of a runtime are to be below, as kubelet names one for each: with systemd's driver, a
 * slice, or runc refuses the pod. Empty where the driver is another, or not told.
 */
export async function cgroupParentOf(socketPath: string, signal: AbortSignal): Promise<string> {
  using cri = connectCri(socketPath)
  const options = { timeoutMs: CALL_TIMEOUT_MS, signal }
  const config = await cri.runtimeConfig(options)
  if (config.ok) {
    return config.value.linux?.cgroupDriver === CgroupDriver.SYSTEMD ? SLICE : ''
  }
  // containerd before 2.0 does not have the call, and tells its own config.
  const status = await cri.status({ verbose: true }, options)
  return status.ok && saysSystemd(status.value) ? SLICE : ''
}

const containerdConfig = z.object({
  containerd: z.object({
    defaultRuntimeName: z.string(),
    runtimes: z.record(
      z.string(),
      z.object({ options: z.object({ SystemdCgroup: z.boolean().optional() }).nullish() }),
    ),
  }),
})

function saysSystemd({ info }: StatusResponse): boolean {
  const { success, data } = containerdConfig.safeParse(jsonOrUndefined(info['config']))
  if (!success) return false
  const { defaultRuntimeName, runtimes } = data.containerd
  return runtimes[defaultRuntimeName]?.options?.SystemdCgroup === true
}
