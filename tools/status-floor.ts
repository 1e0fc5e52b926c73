// What Status takes where nothing is behind it, the floor of this machine: one process answers the same words each time, this one
// asks every 20 ms. Beside a run of the lab it tells how much of a latency is the machine's:
//   node -C fairlead-source tools/status-floor.ts [SECONDS]
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { connectCri, serveCri } from '@fairlead/cri'
import { systemClock } from '../packages/fairlead/src/ports.ts'

const EVERY_MS = 20
// As many as the runtime asks itself before it serves.
const WARM_UP = 60
const CALL = { timeoutMs: 10_000 }

const [seconds = '30', socket] = process.argv.slice(2)
await (socket === undefined ? ask(Number(seconds)) : answer(socket))

async function answer(at: string): Promise<void> {
  const conditions = ['RuntimeReady', 'NetworkReady'].map((type) => ({ type, status: true }))
  await serveCri(at, { runtime: { status: () => ({ status: { conditions } }) }, image: {} })
}

async function ask(forSeconds: number): Promise<void> {
  const dir = await mkdtemp(path.join(tmpdir(), 'fairlead-floor-'))
  const at = path.join(dir, 'cri.sock')
  const server = spawn(process.execPath, [...process.execArgv, import.meta.filename, '0', at], {
    stdio: 'inherit',
  })
  try {
    using cri = connectCri(at)
    const asked = async () => {
      const { ok, latencyMs } = await cri.status({}, CALL)
      return ok ? [latencyMs] : []
    }
    for (let warm = 0; warm < WARM_UP;) {
      const answered = await asked()
      warm += answered.length
      if (answered.length === 0) await systemClock.sleep(EVERY_MS)
    }
    const latencies: number[] = []
    const endMs = systemClock.now() + forSeconds * 1000
    while (systemClock.now() < endMs) {
      latencies.push(...(await asked()))
      await systemClock.sleep(EVERY_MS)
    }
    const sorted = latencies.toSorted((a, b) => a - b)
    const [p50, p99, most] = [0.5, 0.99, 1].map((share) =>
      (sorted[Math.ceil(share * sorted.length) - 1] ?? 0).toFixed(1),
    )
    process.stdout.write(`${sorted.length} calls: p50 ${p50} ms, p99 ${p99} ms, most ${most} ms\n`)
  } finally {
    server.kill()
    await rm(dir, { recursive: true, force: true })
  }
}
