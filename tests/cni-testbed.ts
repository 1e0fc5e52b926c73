import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import {
  type Cni,
  CniError,
  createCni,
  type NetworkConfigList,
  parseNetworkConfig,
  type PluginExecution,
  type PluginRunner,
} from '../packages/cni/src/index.ts'

/** A CNI runtime whose plugins answer what a test says, with a cache of its own on disk. */
export interface CniTestbed extends AsyncDisposable {
  readonly cni: Cni
  readonly cacheDir: string
  /** Every execution of a plugin, in order. */
  readonly executions: PluginExecution[]
  /** What plugins answer, by `type VERB`; the default is a result for ADD and nothing else. */
  readonly answers: Map<string, string | CniError>
  /** `type VERB` of each execution. */
  readonly calls: () => readonly string[]
  /** What an execution got on stdin. */
  readonly stdin: (index: number) => unknown
}

/** The plugin `missing` is not there. */
export async function cniTestbed(): Promise<CniTestbed> {
  const cacheDir = await mkdtemp(path.join(tmpdir(), 'cni-'))
  const executions: PluginExecution[] = []
  const answers: CniTestbed['answers'] = new Map()
  const runner: PluginRunner = {
    find: async (plugin) =>
      plugin === 'missing'
        ? {
            ok: false,
            error: new CniError('FL_CNI_PLUGIN_NOT_FOUND', 'the plugin is not there', { plugin }),
          }
        : { ok: true, value: `/bin/${plugin}` },
    run: async (execution) => {
      executions.push(execution)
      const { plugin, verb } = execution
      const answer = answers.get(`${plugin} ${verb}`) ?? (verb === 'ADD' ? resultOf(plugin) : '')
      return answer instanceof CniError
        ? { ok: false, error: answer }
        : { ok: true, value: { stdout: answer, stderr: '' } }
    },
  }
  return {
    cni: createCni({
      binDirs: ['/a', '/b'],
      cacheDir,
      runner,
      env: { HOME: '/root', CNI_ARGS: 'stale' },
    }),
    cacheDir,
    executions,
    answers,
    calls: () => executions.map(({ plugin, verb }) => `${plugin} ${verb}`),
    stdin: (index) => JSON.parse(executions[index]?.stdin ?? 'null'),
    [Symbol.asyncDispose]: () => rm(cacheDir, { recursive: true }),
  }
}

/** What ADD of a plugin of the testbed prints. */
export function resultOf(plugin: string): string {
  return `{"cniVersion":"1.0.0","interfaces":[{"name":"${plugin}"}]}`
}

/** A container. */
export const CONF = { containerId: 'c', netns: '/run/netns/c', ifName: 'eth0' } as const

/** A plugin that fails. */
export const PLUGIN_FAILURE: CniError = new CniError('FL_CNI_PLUGIN_ERROR', 'no', {
  cniCode: 100,
})

/** A network of two plugins, or of these. */
export function network(more: object = {}, ...types: string[]): NetworkConfigList {
  const plugins = (types.length === 0 ? ['first', 'second'] : types).map((type) => ({ type }))
  const json = { name: 'n', cniVersion: '1.0.0', plugins, ...more }
  const list = parseNetworkConfig(JSON.stringify(json), 'n.conflist')
  if (!list.ok) throw list.error
  return list.value
}
