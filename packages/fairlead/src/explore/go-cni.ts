import { RwMutex } from './rw-mutex.ts'
import { type CreateSubject, runPlugin, type Subject } from './subject.ts'

/**
 * Models of the locking of github.com/containerd/go-cni, `cni.go` and `result.go` at the tags named.
 * The lock is `sync.RWMutex`, one for the whole set. One network (containerd's `max_conf_num = 1`), so
 * the parallel ADDs of several are not modelled. Three are enough for all versions:
 *
 * | model  | go-cni          | containerd            |
 * | ------ | --------------- | --------------------- |
 * | 1.1.10 | up to 1.1.10    | 1.6, 1.7, 2.0.0       |
 * | 1.1.11 | 1.1.11          | 2.0.1, 2.0.2          |
 * | 1.1.12 | 1.1.12, 1.1.13  | 2.0.3 to 2.3, main    |
 */
export const GO_CNI: Readonly<Record<'1.1.10' | '1.1.11' | '1.1.12', CreateSubject>> = {
  /** v1.1.10: the lock is held to look at the set, and never while a plugin runs. */
  '1.1.10': (world, confDir, durations) => {
    const { mutex, set, load, exec } = base(world, confDir, durations)
    const brief = async (purpose: string) => {
      const unlock = await mutex.rLock(purpose)
      const { length } = set.networks
      unlock()
      return length > 0
    }
    const attach = async (verb: 'ADD' | 'DEL') => {
      // Setup and Remove begin with Status(), which is the state check; then Networks().
      if (!(await brief('to see that the network is ready'))) return false
      await brief('to list the networks')
      return exec(verb)
    }
    return {
      load,
      networks: () => set.networks,
      status: () => brief('to see that the network is ready'),
      setup: async () => {
        if (!(await attach('ADD'))) return false
        // createResult.
        await brief('to build the result')
        return true
      },
      remove: () => attach('DEL'),
    }
  },

  /** v1.1.11: the read lock is held while a plugin runs, and taken again inside. */
  '1.1.11': (world, confDir, durations) => {
    const { mutex, set, load, exec, statusVerb } = base(world, confDir, durations)
    /** ready(), which locks and unlocks, then the lock for the call itself. */
    const locked = async (run: () => Promise<boolean>): Promise<boolean> => {
      const unlockReady = await mutex.rLock('to see that the network is ready')
      const ready = set.networks.length > 0
      unlockReady()
      if (!ready) return false
      const unlock = await mutex.rLock('for the whole call')
      const succeeded = await run()
      unlock()
      return succeeded
    }
    const nested = async (purpose: string) => {
      const unlock = await mutex.rLock(purpose)
      unlock()
    }
    const attach = async (verb: 'ADD' | 'DEL') => {
      // Networks(); attachNetworks calls it three times before it waits for the plugins. One shows all.
      await nested('to list the networks')
      return exec(verb)
    }
    return {
      load,
      networks: () => set.networks,
      status: () => locked(statusVerb),
      setup: () =>
        locked(async () => {
          // After a failed ADD, Setup returns before createResult.
          if (!(await attach('ADD'))) return false
          await nested('to build the result')
          return true
        }),
      remove: () => locked(() => attach('DEL')),
    }
  },

  /** v1.1.12: the read lock is held while a plugin runs, once. */
  '1.1.12': (world, confDir, durations) => {
    const { mutex, set, load, exec, statusVerb } = base(world, confDir, durations)
    const locked = async (run: () => Promise<boolean>): Promise<boolean> => {
      const unlock = await mutex.rLock('for the whole call')
      const succeeded = set.networks.length > 0 && (await run())
      unlock()
      return succeeded
    }
    return {
      load,
      networks: () => set.networks,
      status: () => locked(statusVerb),
      setup: () => locked(() => exec('ADD')),
      remove: () => locked(() => exec('DEL')),
    }
  },
}

/** What the versions share: Load, the set, and how plugins are run. */
function base(...[world, confDir, durations]: Parameters<CreateSubject>) {
  const mutex = new RwMutex(world)
  const set = { networks: confDir.networks }
  const load: Subject['load'] = async () => {
    const unlock = await mutex.lock('to reload')
    // reset() comes first: a load that fails leaves no network at all.
    set.networks = []
    await world.sleep(durations.loadMs, 'reads the conf dir')
    // loadFromConfDir returns at the first file that cannot be parsed.
    if (confDir.halves === 0) set.networks = confDir.networks
    unlock()
  }
  const run = durations.run ?? ((execution) => runPlugin(world, execution))
  const exec = (verb: 'ADD' | 'DEL') =>
    run({ verb, ms: durations.pluginMs, hangs: durations.pluginHangs })
  // Sent only to networks of CNI 1.1.0 or newer (libcni's GetStatusNetworkList).
  const statusVerb = () =>
    durations.statusMs === undefined
      ? Promise.resolve(true)
      : run({ verb: 'STATUS', ms: durations.statusMs })
  return { mutex, set, load, exec, statusVerb }
}
