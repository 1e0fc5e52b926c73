// Adds and deletes containers through @fairlead/cni and prints what it took, as `peer bench` does
// through libcni: binDirs cacheDir confFile count parallel netnsPrefix.
import { readFileSync } from 'node:fs'
import { createCni, type NetworkConfigList, readConfFile, type RuntimeConf } from '@fairlead/cni'

// A node's agent runs for months: what is measured is the code after its first calls.
const WARM_UP = 30
// sysconf(_SC_CLK_TCK) is 100 on every Linux that Node.js runs on.
const TICK_MS = 10

const [binDirs = '', cacheDir = '', confFile = '', count = '', parallel = '', netnsPrefix = ''] =
  process.argv.slice(2)
const cni = createCni({ binDirs: binDirs.split(':'), cacheDir })
const list = await readConfFile(confFile)
if (!list.ok) throw list.error

await addAndDelete(list.value, WARM_UP, 1)
const before = process.resourceUsage()
const childrenBefore = childrenCpuMs()
const startMs = performance.now()
await addAndDelete(list.value, Number(count), Number(parallel))
const wallMs = performance.now() - startMs
const after = process.resourceUsage()
const childrenAfter = childrenCpuMs()
process.stdout.write(
  `${JSON.stringify({
    wallMs,
    userMs: (after.userCPUTime - before.userCPUTime) / 1000,
    sysMs: (after.systemCPUTime - before.systemCPUTime) / 1000,
    childrenUserMs: childrenAfter.userMs - childrenBefore.userMs,
    childrenSysMs: childrenAfter.sysMs - childrenBefore.sysMs,
  })}\n`,
)

async function addAndDelete(network: NetworkConfigList, total: number, atOnce: number) {
  let next = 0
  const worker = async (_: unknown, index: number) => {
    while (next < total) {
      const conf: RuntimeConf = {
        containerId: `bench-${next}`,
        netns: `${netnsPrefix}${index}`,
        ifName: 'eth0',
        args: [['IgnoreUnknown', '1']],
        capabilityArgs: { portMappings: [] },
      }
      next += 1
      const added = await cni.addNetworkList(network, conf)
      if (!added.ok) throw added.error
      const deleted = await cni.delNetworkList(network, conf)
      if (!deleted.ok) throw deleted.error
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
}

/** What the children that have been waited for have used (proc_pid_stat(5): cutime, cstime). */
function childrenCpuMs(): { userMs: number; sysMs: number } {
  const fields = readFileSync('/proc/self/stat', 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
  const [userTicks = 0, sysTicks = 0] = fields.slice(13, 15).map(Number)
  return { userMs: userTicks * TICK_MS, sysMs: sysTicks * TICK_MS }
}
