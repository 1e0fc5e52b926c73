import { openNetworks } from '@fairlead/networks'
import { fairlead, type Mutation } from './fairlead.ts'
import type { CreateSubject } from './subject.ts'
import type { World } from './world.ts'

/**
 * Fairlead with one mistake each, made around the code and never in it: a search that does not find
 * these says nothing when it finds nothing.
 */
export const MUTANTS: ReadonlyMap<string, CreateSubject> = new Map(
  Object.entries<(world: World) => Mutation>({
    'setup-forgets-to-undo': () => {
      const failed = new Set<string>()
      return {
        cni: (cni) => ({
          ...cni,
          addNetworkList: async (list, conf, call) => {
            const added = await cni.addNetworkList(list, conf, call)
            if (!added.ok) failed.add(conf.containerId)
            return added
          },
          delNetworkList: (list, conf, call) =>
            failed.delete(conf.containerId)
              ? Promise.resolve({ ok: true, value: undefined })
              : cni.delNetworkList(list, conf, call),
        }),
      }
    },

    'status-waits-for-reload': (world) => {
      const loads = counter(world)
      return {
        ports: (ports) => withReads(ports, loads.during),
        subject: (subject) => ({
          ...subject,
          status: async () => {
            await loads.none('sees the reload done')
            return subject.status()
          },
        }),
      }
    },

    // go-cni 1.1.12, but for the lock.
    'reload-waits-for-operations': (world) => {
      const operations = counter(world)
      const loads = counter(world)
      return {
        ports: (ports) =>
          withReads(ports, (read) =>
            loads.during(async () => {
              await operations.none('sees all operations done')
              return read()
            }),
          ),
        subject: (subject) => ({
          ...subject,
          setup: (sandbox) => operations.during(() => subject.setup(sandbox)),
          remove: (sandbox) => operations.during(() => subject.remove(sandbox)),
          status: async () => {
            await loads.none('sees the reload done')
            return subject.status()
          },
        }),
      }
    },

    // go-cni 1.1.11, but for the lock.
    'operation-waits-for-the-reload-that-waits-for-it': (world) => {
      const operations = counter(world)
      const loads = counter(world)
      return {
        ports: (ports) => {
          const { cache } = ports
          return {
            ...withReads(ports, (read) =>
              loads.during(async () => {
                await operations.none('sees all operations done')
                return read()
              }),
            ),
            cache: {
              ...cache,
              write: async (attachment, result) => {
                await loads.none('sees the reload done')
                return cache.write(attachment, result)
              },
            },
          }
        },
        subject: (subject) => ({
          ...subject,
          setup: (sandbox) => operations.during(() => subject.setup(sandbox)),
        }),
      }
    },

    'networks-emptied-before-they-are-loaded': () => {
      let isEmptied = true
      return {
        ports: (ports, node) =>
          withReads(ports, async (read) => {
            isEmptied = !isEmptied
            if (!isEmptied) return read()
            node.hint()
            return { ok: true, value: [] }
          }),
      }
    },

    'one-bad-file-costs-all': () => ({
      ports: (ports) =>
        withReads(ports, async (read) => {
          const reading = await read()
          const isBad = reading.ok && reading.value.some(({ list }) => !list.ok)
          return isBad ? { ok: true, value: [] } : reading
        }),
    }),

    'hints-during-a-reload-are-lost': (world) => {
      const loads = counter(world)
      return {
        ports: (ports) => {
          const { confDir, ...others } = withReads(ports, loads.during)
          const watch: typeof confDir.watch = (onHint) =>
            confDir.watch(() => {
              if (loads.now() === 0) onHint()
            })
          return { ...others, confDir: { ...confDir, watch } }
        },
      }
    },

    'removal-stays-in-the-cache': () => ({
      ports: (ports) => ({
        ...ports,
        cache: { ...ports.cache, remove: () => Promise.resolve({ ok: true, value: undefined }) },
      }),
    }),

    'failed-removal-leaves-the-cache': () => ({
      cni: (cni, { cache }) => ({
        ...cni,
        delAttachment: async (attachment, call) => {
          const deleted = await cni.delAttachment(attachment, call)
          if (!deleted.ok) await cache.remove(attachment)
          return deleted
        },
      }),
    }),

    'cache-is-written-later': () => ({
      ports: (ports) => ({
        ...ports,
        cache: {
          ...ports.cache,
          write: (attachment, result) => {
            void ports.cache.write(attachment, result)
            return Promise.resolve({ ok: true, value: undefined })
          },
        },
      }),
    }),

    'setup-and-removal-of-a-sandbox-at-once': () => ({
      open: async (options) => {
        const [one, other] = [await openNetworks(options), await openNetworks(options)]
        return { ...one, remove: other.remove }
      },
    }),
  }).map(([name, mutate]) => [
    `mutant@${name}`,
    (...given: Parameters<CreateSubject>) => fairlead(mutate(given[0]))(...given),
  ]),
)

type Ports = Parameters<NonNullable<Mutation['ports']>>[0]
type Read = Ports['confDir']['read']

function withReads(ports: Ports, around: (read: Read) => ReturnType<Read>): Ports {
  const { confDir } = ports
  return { ...ports, confDir: { ...confDir, read: () => around(confDir.read) } }
}

/** Counts what goes on, for those that shall wait for it and should not. */
function counter(world: World) {
  let many = 0
  return {
    now: () => many,
    during: async <T>(run: () => Promise<T>): Promise<T> => {
      many += 1
      try {
        return await run()
      } finally {
        many -= 1
      }
    },
    none: async (text: string): Promise<void> => {
      if (many > 0) await world.until(() => many === 0, text)
    },
  }
}
