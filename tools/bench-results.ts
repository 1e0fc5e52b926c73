import agent from '../docs/results/bench/agent.json' with { type: 'json' }
import cni from '../docs/results/bench/cni.json' with { type: 'json' }
import doctor from '../docs/results/bench/doctor.json' with { type: 'json' }
import networks from '../docs/results/bench/networks.json' with { type: 'json' }
import upgrade from '../docs/results/bench/upgrade.json' with { type: 'json' }

/** What each benchmark came to when it was run last, by its name in `npm run bench:NAME`; `upgrade` is simulated. */
export const benchResults = { agent, cni, doctor, networks, upgrade } as const

/** See {@link benchResults}. */
export type BenchResults = typeof benchResults
