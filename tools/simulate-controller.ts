// Plays the controller of upgrades through schedules of faults: `npm run simulate:controller -- COUNT [FIRST SEED]
// [EXECUTOR]`, with the executor slot, job, plan or talos. A seed that breaks a rule is printed; with a COUNT of 1 it tells its story.
import { MOVERS } from '../tests/controller-simulator/movers.ts'
import { runSchedule } from '../tests/controller-simulator/schedule.ts'

const [counted = '1000', from = '0', executor = 'slot'] = process.argv.slice(2)
const mover = MOVERS.find((name) => name === executor)
if (mover === undefined) throw new Error(`${executor} is none of ${MOVERS.join(', ')}`)
const [count, first] = [Number(counted), Number(from)]
const phases: Record<string, number> = {}
let failed = 0
const began = performance.now()
for (let seed = first; seed < first + count; seed++) {
  const { broken, phase, story } = await runSchedule(seed, undefined, mover)
  phases[phase] = (phases[phase] ?? 0) + 1
  if (count === 1) process.stdout.write(`${story().join('\n')}\n`)
  if (broken.length === 0) continue
  failed++
  process.stdout.write(`seed ${seed}:\n${broken.map((line) => `  ${line}\n`).join('')}`)
}
const seconds = ((performance.now() - began) / 1000).toFixed(0)
process.stdout.write(
  `${count} schedules, ${failed} broken, ${seconds} s: ${JSON.stringify(phases)}\n`,
)
process.exitCode = failed > 0 ? 1 : 0
