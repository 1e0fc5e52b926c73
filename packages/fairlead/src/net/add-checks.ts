import { existsSync } from 'node:fs'
import { access, chmod, constants } from 'node:fs/promises'
import { CniError, type NetworkConfigList, pluginProcesses, type RuntimeConf } from '@fairlead/cni'
import { FairleadError, messageOf } from '../errors.ts'
import { makeDir } from '../files.ts'
import { valueOf } from './failure.ts'
import { interfacesIn, isSameNetns, netnsState } from '../netns.ts'
import type { Net } from './settings.ts'

/** Makes the cache dir: ADD writes to it last, and better to know before the first plugin runs. */
export async function makeCacheDir(cacheDir: string): Promise<void> {
  try {
    if (!existsSync(cacheDir)) {
      await makeDir(cacheDir)
      // As libcni makes it.
      await chmod(cacheDir, 0o700)
    }
    await access(cacheDir, constants.W_OK | constants.X_OK)
  } catch (error) {
    throw new FairleadError('FL_CACHE_DIR', `${cacheDir} cannot be written: ${messageOf(error)}.`, {
      hint: 'Run it as root, or name another folder with --cache-dir.',
      cause: error,
    })
  }
}

/** Refuses networks with a plugin that is not there, rather than half of them being added first. */
export async function checkPlugins(lists: readonly NetworkConfigList[], net: Net): Promise<void> {
  const runner = pluginProcesses()
  for (const { name: network, plugins } of lists) {
    for (const { type: plugin } of plugins) {
      const found = await runner.find(plugin, net.binDirs)
      if (found.ok) continue
      const { code, msg, hint = '' } = found.error
      throw new CniError(code, msg, { plugin, network, hint })
    }
  }
}

/** Refuses a path without a network namespace. */
export async function checkNetns(netns: string): Promise<void> {
  if ((await netnsState(netns)) !== 'gone') return
  throw new FairleadError('FL_NETNS', `There is no network namespace at ${netns}.`, {
    hint: 'Make one with `ip netns add NAME`, or with --create NAME instead of --netns.',
  })
}

/** Refuses a path that has one. */
export async function checkNoNetns(netns: string): Promise<void> {
  if ((await netnsState(netns)) === 'gone') return
  throw new FairleadError('FL_NETNS', `There is a network namespace at ${netns} already.`, {
    hint: 'Use it with --netns instead of --create.',
  })
}

/**
 * Refuses an interface that is there already. The plugin would, too, but the DEL that follows would
 * delete it, and it is not ours.
 */
export async function checkInterfaces(
  netns: string,
  confs: readonly RuntimeConf[],
  net: Net,
): Promise<void> {
  const ifNames = confs.map(({ ifName }) => ifName)
  const twice = ifNames.find((name, index) => ifNames.indexOf(name) !== index)
  if (twice !== undefined) {
    throw new FairleadError('FL_USAGE', `Two networks cannot both have the interface ${twice}.`)
  }
  const { attachments } = valueOf(await net.cni.cachedAttachments())
  const attached = attachments.find(
    (one) =>
      ifNames.includes(one.ifName) &&
      (isSameNetns(one.netns, netns) || one.containerId === confs[0]?.containerId),
  )
  if (attached !== undefined) {
    const { ifName, network } = attached
    throw new FairleadError('FL_IFNAME_TAKEN', `${ifName} of ${netns} is attached to ${network}.`, {
      hint:
        `Delete that first (\`fairlead net del ${network} --netns ${netns}\`), ` +
        'or name another interface with --ifname.',
    })
  }
  const present = new Set(await interfacesIn(netns, net.env))
  const taken = ifNames.find((name) => present.has(name))
  if (taken !== undefined) {
    throw new FairleadError('FL_IFNAME_TAKEN', `${netns} has an interface ${taken} already.`, {
      hint: 'Name another with --ifname, one for each network.',
    })
  }
}
