import { lookAt } from '../agent/runtime-watch.ts'
import { guarded } from './agent-boot.ts'
import type { AgentMutation } from './agent-node.ts'
import type { AgentPorts } from './agent-ports.ts'
import { GO_CNI } from './go-cni.ts'
import type { BeginTrial } from './trial.ts'

/** The agent with one mistake each, made around its code and never in it, in front of go-cni 1.1.12. */
export const AGENT_MUTANTS: ReadonlyMap<string, BeginTrial> = new Map(
  Object.entries<AgentMutation>({
    'files-written-in-place': {
      ports: withDir((dir) => ({
        ...dir,
        make: async (move) => {
          if (move.kind !== 'remove-and-load') {
            await dir.make({ ...move, kind: 'bring', text: move.text.slice(0, 40) })
          }
          await dir.make(move)
        },
      })),
    },

    'files-removed-before-they-are-replaced': {
      ports: withDir((dir) => ({
        ...dir,
        make: async (move) => {
          const files = await dir.read()
          if (files.has(move.file)) await dir.make({ kind: 'remove-and-load', file: move.file })
          if (move.kind !== 'remove-and-load') await dir.make(move)
        },
      })),
    },

    'each-file-loaded-by-itself': {
      config: (config) => ({ ...config, publish: { ...config.publish, staged: false } }),
      ports: withDir((dir) => ({
        ...dir,
        make: (move) =>
          dir.make(move.kind === 'bring' ? { ...move, kind: 'bring-and-load' } : move),
      })),
    },

    'a-file-that-goes-is-gone-at-once': {
      config: (config) => ({ ...config, publish: { ...config.publish, sourceGoneFor: 0 } }),
    },

    'the-last-network-goes-too': {
      config: (config) => ({ ...config, publish: { ...config.publish, withdrawLast: true } }),
    },

    'plugins-are-not-waited-for': {
      ports: (ports) =>
        withPublisher(ports, { plugins: async () => (await ports.publisher.plugins(), []) }),
    },

    'a-change-is-forgotten-with-its-end': {
      ports: (ports) => {
        const { memory } = ports.publisher
        const read = async () => {
          const { change: _, ...rest } = await memory.read()
          return rest
        }
        return withPublisher(ports, { memory: { ...memory, read } })
      },
    },

    'not-ready-is-not-seen': {
      ports: (ports) =>
        withWatchdog(ports, {
          look: async (signal) => {
            const look = await ports.watchdog.look(signal)
            return look.kind === 'answered' ? { ...look, ready: true } : look
          },
        }),
    },

    'no-evidence-is-kept': {
      ports: (ports) => withWatchdog(ports, { keepEvidence: async () => '/evidence' }),
    },

    'a-short-silence-is-not-borne': {
      config: (config) => ({ ...config, watchdog: { ...config.watchdog, hungAfter: 1_000 } }),
    },

    'a-hung-plugin-is-never-seen': {
      ports: (ports) =>
        withWatchdog(ports, { plugins: async () => (await ports.watchdog.plugins()).slice(0, 0) }),
      config: (config) => ({ ...config, watchdog: { ...config.watchdog, deadlock: 'report' } }),
    },

    'repairs-are-forgotten-with-its-end': {
      ports: (ports) =>
        withWatchdog(ports, { memory: { ...ports.watchdog.memory, read: async () => [] } }),
    },

    'a-status-that-hangs-is-asked-for-again': {
      ports: (ports, cri) => {
        const call = {
          timeoutMs: 1_000,
          clock: ports.watchdog.clock,
          signal: new AbortController().signal,
        }
        return withWatchdog(ports, { look: (signal) => lookAt(cri, call)(signal) })
      },
    },
  }).map(([name, mutation]) => [`mutant@${name}`, guarded(GO_CNI['1.1.12'], mutation)]),
)

function withPublisher(ports: AgentPorts, more: Partial<AgentPorts['publisher']>): AgentPorts {
  return { ...ports, publisher: { ...ports.publisher, ...more } }
}

function withWatchdog(ports: AgentPorts, more: Partial<AgentPorts['watchdog']>): AgentPorts {
  return { ...ports, watchdog: { ...ports.watchdog, ...more } }
}

type Dir = AgentPorts['publisher']['dir']

function withDir(around: (dir: Dir) => Dir): NonNullable<AgentMutation['ports']> {
  return (ports) => withPublisher(ports, { dir: around(ports.publisher.dir) })
}
