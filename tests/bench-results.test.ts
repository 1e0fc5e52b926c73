import { expect, test } from 'vitest'
import type { SimulationReport } from '../packages/fairlead/src/upgrade/simulate/simulate.ts'
import { benchResults } from '../tools/bench-results.ts'
import { runInProcess } from './in-process-cli.ts'

// The other one takes 17 s.
const [FOUNDING] = benchResults.upgrade.faults

test('the founding fault of docs/benchmarks.md is what the controller comes to today', async () => {
  const { nodes, clusters, seed } = benchResults.upgrade
  const size = ['--nodes', `${nodes}`, '--runs', `${clusters}`, '--seed', `${seed}`]
  const how = ['--fault', FOUNDING?.fault ?? '', ...size, '-o', 'json']
  const { out } = await runInProcess(['upgrade', 'simulate', ...how])
  // What the CLI has just printed.
  const { policies } = JSON.parse(out) as SimulationReport
  expect(
    policies.map(({ policy, hurt, broken }) => ({
      policy,
      hurt: { median: hurt.median, most: hurt.max },
      atTheEnd: { median: broken.median, most: broken.max },
    })),
  ).toEqual(FOUNDING?.rows)
}, 60_000)
