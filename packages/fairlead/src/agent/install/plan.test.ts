import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { parsePredictedRuntime } from '../../lint/runtime.ts'
import { agentConfigSchema } from '../config.ts'
import { DISTRIBUTIONS } from './distributions.ts'
import { install, originalFiles } from './installation.ts'
import { nodeFilesAt } from './node-files.ts'
import { distributionOf, planInstall } from './plan.ts'

let root: string

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'fl-plan-'))
})
afterEach(() => rm(root, { recursive: true }))

const MAIN = '/etc/containerd/config.toml'
const V2 = 'plugins."io.containerd.grpc.v1.cri".cni'
const V3 = "plugins.'io.containerd.cri.v1.runtime'.cni"

async function put(where: string, text = ''): Promise<void> {
  await mkdir(path.dirname(path.join(root, where)), { recursive: true })
  await writeFile(path.join(root, where), text)
}

async function plan(version: string, distribution?: string) {
  const files = nodeFilesAt(root)
  const runtime = parsePredictedRuntime(`containerd@${version}`)
  if (runtime.kind !== 'containerd') throw new Error('no containerd')
  return planInstall(await originalFiles(files), {
    distribution: await distributionOf(files, distribution),
    runtime,
    command: ['/usr/local/bin/fairlead'],
  })
}

/** What becomes of containerd's config, by the files that are written. */
async function configs(version: string, distribution?: string) {
  const { changes } = await plan(version, distribution)
  return Object.fromEntries(
    changes.flatMap(({ path: file, content }) =>
      content.kind === 'file' && file.endsWith('.toml') ? [[file, content.bytes.toString()]] : [],
    ),
  )
}

describe('the conf dir of containerd', () => {
  test('is set in its line of the config, every other byte stays', async () => {
    const text = `# mine\nversion = 2\n[${V2}]\n  bin_dir = "/opt/cni/bin" # ours\n  conf_dir = "/etc/cni/net.d"\n`
    await put(MAIN, text)
    const expected = text.replace('"/etc/cni/net.d"', '"/run/fairlead/net.d"')
    expect(await configs('1.7.34')).toEqual({ [MAIN]: expected })
  })

  test('is set by a drop-in where the config imports some, and containerd merges them', async () => {
    const imports = 'imports = ["/etc/containerd/conf.d/*.toml"]'
    await put(MAIN, `version = 3\n${imports}\n[${V3}]\nconf_dir = "/etc/cni/net.d"\n`)
    expect(await configs('2.1.9')).toEqual({
      '/etc/containerd/conf.d/zz-fairlead.toml':
        'version = 3\n\n[plugins."io.containerd.cri.v1.runtime".cni]\nconf_dir = "/run/fairlead/net.d"\n',
    })
  })

  test('is not set by a drop-in of 1.x, whose section would replace all of the config', async () => {
    const imports = 'imports = ["/etc/containerd/conf.d/*.toml"]'
    await put(MAIN, `version = 2\n${imports}\n[${V2}]\nconf_dir = "/etc/cni/net.d"\n`)
    expect(Object.keys(await configs('1.7.34'))).toEqual([MAIN])
  })

  test('is set in the drop-in that has the last word, where there is one', async () => {
    await put(MAIN, 'version = 2\nimports = ["/etc/containerd/conf.d/*.toml"]\n')
    const dropIn = '/etc/containerd/conf.d/50-site.toml'
    await put(dropIn, `version = 2\n[${V2}]\nmax_conf_num = 1\n`)
    expect(await configs('1.7.34')).toEqual({
      [dropIn]: `version = 2\n[${V2}]\nconf_dir = "/run/fairlead/net.d"\nmax_conf_num = 1\n`,
    })
  })

  test.each([
    ['1.7.34', 'version = 2\n\n[plugins."io.containerd.grpc.v1.cri".cni]\nconf_dir = '],
    ['2.1.9', 'version = 3\n\n[plugins."io.containerd.cri.v1.runtime".cni]\nconf_dir = '],
  ])('makes a config where containerd %s has none', async (version, begin) => {
    expect(await configs(version, 'kubeadm')).toEqual({ [MAIN]: `${begin}"/run/fairlead/net.d"\n` })
  })

  test('is set under the name that this containerd looks at', async () => {
    // 2.3 migrates a version 2 file; 1.7 refuses one of version 3.
    await put(MAIN, `version = 2\n[${V2}]\nconf_dir = "/x"\n`)
    expect((await configs('2.3.4'))[MAIN]).toContain(`[${V2}]\nconf_dir = "/run/fairlead/net.d"`)
    await put(MAIN, 'version = 3\n')
    await expect(configs('1.7.34')).rejects.toMatchObject({ code: 'FL_INSTALL' })
  })

  test('is refused where no line does it, with what to write', async () => {
    const inline = 'plugins = { "io.containerd.grpc.v1.cri" = { cni = { conf_dir = "/x" } } }'
    await put(MAIN, `version = 2\n${inline}\n`)
    await expect(configs('1.7.34')).rejects.toMatchObject({
      message: `containerd@1.7.34 cannot be made to load /run/fairlead/net.d by a line of ${MAIN}.`,
      hint: expect.stringContaining('Write conf_dir = "/run/fairlead/net.d" into the cni section'),
    })
  })

  test('is left as it is where it is set already', async () => {
    await put(MAIN, `version = 2\n[${V2}]\nconf_dir = "/run/fairlead/net.d"\n`)
    expect(await configs('1.7.34')).toEqual({})
  })

  test('of a handler that has its own is told', async () => {
    const handler = 'plugins."io.containerd.grpc.v1.cri".containerd.runtimes.kata'
    await put(MAIN, `version = 2\n[${handler}]\ncni_conf_dir = "/k"\n`)
    expect((await plan('1.7.34')).notes).toEqual([
      'A runtime handler has a conf dir of its own, which stays as it is: kata: /k.',
    ])
  })
})

describe('k3s and RKE2, whose config is written anew at each start', () => {
  const dir = '/var/lib/rancher/k3s/agent/etc/containerd'

  test('get a drop-in where the config imports them', async () => {
    const imports = `imports = ["${dir}/config-v3.toml.d/*.toml"]`
    await put(`${dir}/config.toml`, `version = 3\n${imports}\n[${V3}]\nconf_dir = "/x"\n`)
    expect(Object.keys(await configs('2.1.9'))).toEqual([
      `${dir}/config-v3.toml.d/zz-fairlead.toml`,
    ])
  })

  test('are left to people where it does not', async () => {
    await put(`${dir}/config.toml`, 'version = 2\n')
    await expect(configs('1.7.34')).rejects.toMatchObject({
      hint: expect.stringContaining('the template that the config is made of'),
    })
  })
})

test("Flatcar's containerd is given a copy of its read-only config to read", async () => {
  await mkdir(path.join(root, 'usr/share/flatcar'), { recursive: true })
  await put('/usr/share/containerd/config.toml', 'version = 2 # shipped\n')
  const { changes, distribution } = await plan('2.1.9')
  expect(distribution.name).toBe('flatcar')
  const text = (file: string) => {
    const found = changes.find((change) => change.path === file)?.content
    return found?.kind === 'file' ? found.bytes.toString() : undefined
  }
  expect(text(MAIN)).toMatch(/^version = 2 # shipped\n\n\[plugins.*conf_dir = "\/run\/fairlead/s)
  expect(text('/etc/systemd/system/containerd.service.d/10-fairlead-config.conf')).toBe(
    `[Service]\nEnvironment=CONTAINERD_CONFIG=${MAIN}\n`,
  )
})

describe('the distribution of a node', () => {
  test('is seen by what only it has', async () => {
    await put('/kind/version', 'v1.36')
    await put('/etc/containerd/config.toml')
    const files = nodeFilesAt(root)
    expect((await distributionOf(files, undefined)).name).toBe('kind')
    expect((await distributionOf(files, 'kubeadm')).name).toBe('kubeadm')
  })

  test('Talos is told to be done differently', async () => {
    await put('/etc/cri/containerd.toml')
    await expect(distributionOf(nodeFilesAt(root), undefined)).rejects.toMatchObject({
      hint: expect.stringContaining('deploy/kubernetes/talos.yaml'),
    })
  })

  test('none is refused with the names that there are', async () => {
    const files = nodeFilesAt(root)
    await expect(distributionOf(files, undefined)).rejects.toMatchObject({ code: 'FL_INSTALL' })
    await expect(distributionOf(files, 'openshift')).rejects.toMatchObject({
      hint: 'Name one by --distribution: k3s, rke2, flatcar, kind, kubeadm, talos.',
    })
  })
})

test.each(DISTRIBUTIONS.map(({ name }) => name))(
  "%s: the agent's config is valid, its unit comes before the runtime's, and twice changes nothing",
  async (name) => {
    const { containerdConfig } = await distributionOf(nodeFilesAt(root), name)
    await put(containerdConfig, 'version = 3\nimports = ["conf.d/*.toml"]\n')
    const { changes, commands } = await plan('2.1.9', name)
    const files = nodeFilesAt(root)
    await mkdir(path.join(root, 'var/lib'), { recursive: true })
    await install(files, changes)
    const read = (file: string) => readFile(path.join(root, file), 'utf8')
    const config = agentConfigSchema.parse(parse(await read('/etc/fairlead/agent.yaml')))
    expect(config.sourceDirs).not.toContain(config.confDir)
    const unit = await read('/etc/systemd/system/fairlead-agent.service')
    const runtimeUnits = config.watchdog.restart.slice(2)
    expect(unit).toContain(`Before=${runtimeUnits.join(' ')} kubelet.service`)
    expect(unit).toContain(
      'ExecStart=/usr/local/bin/fairlead agent run --config /etc/fairlead/agent.yaml\n',
    )
    expect(commands.at(-1)).toBe(`systemctl restart ${runtimeUnits.join(' ')}`)
    expect((await plan('2.1.9', name)).changes).toEqual(changes)
  },
)
