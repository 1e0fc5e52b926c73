// Adds and deletes containers through @fairlead/cni and prints what it took, as `peer bench` does
// through libcni: processes|shells binDirs cacheDir confFile count parallel netnsPrefix.
import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import {
  createCni,
  pluginProcesses,
  pluginShells,
  readConfFile,
  type RuntimeConf,
} from '@fairlead/cni'

// A node's agent runs for months: what is measured is code that has been called before.
const WARM_UP = 100
// sysconf(_SC_CLK_TCK) is 100 on every Linux that Node.js runs on.
const TICK_MS = 10

const [
  how = '',
  binDirs = '',
  cacheDir = '',
  confFile = '',
  count = '',
  parallel = '',
  prefix = '',
] = process.argv.slice(2)
const list = await readConfFile(confFile)
if (!list.ok) throw list.error
const network = list.value

await addAndDelete(WARM_UP)
const before = usage()
const wallMs = await addAndDelete(Number(count))
const after = usage()
process.stdout.write(
  `${JSON.stringify({
    wallMs,
    userMs: after.userMs - before.userMs,
    sysMs: after.sysMs - before.sysMs,
    childrenUserMs: after.childrenUserMs - before.childrenUserMs,
    childrenSysMs: after.childrenSysMs - before.childrenSysMs,
  })}\n`,
)

/** Resolves to the wall time; the shells, where there are any, are begun and ended within. */
async function addAndDelete(total: number): Promise<number> {
  const startMs = performance.now()
  const shells = how === 'shells' ? pluginShells({ idleMax: Number(parallel) }) : undefined
  const cni = createCni({
    binDirs: binDirs.split(':'),
    cacheDir,
    runner: shells ?? pluginProcesses(),
  })
  let next = 0
  const worker = async (_: unknown, index: number) => {
    while (next < total) {
      const conf: RuntimeConf = {
        containerId: `bench-${next}`,
        netns: `${prefix}${index}`,
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
  await Promise.all(Array.from({ length: Number(parallel) }, worker))
  shells?.[Symbol.dispose]()
  const tookMs = performance.now() - startMs
  // Children count only once they have been waited for.
  await delay(200)
  return tookMs
}

function usage() {
  const { userCPUTime, systemCPUTime } = process.resourceUsage()
  // proc_pid_stat(5): cutime and cstime.
  const fields = readFileSync('/proc/self/stat', 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
  const [userTicks = 0, sysTicks = 0] = fields.slice(13, 15).map(Number)
  return {
    userMs: userCPUTime / 1000,
    sysMs: systemCPUTime / 1000,
    childrenUserMs: userTicks * TICK_MS,
    childrenSysMs: sysTicks * TICK_MS,
  }
}
