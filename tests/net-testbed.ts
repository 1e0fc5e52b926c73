import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { runInProcess } from './in-process-cli.ts'

/**
 * A plugin that notes what it is called with and answers as a plugin does. `<verb>-<interface>.sh`
 * beside the log, where there is one, is run first and may fail.
 */
const PLUGIN = `#!/bin/sh
dir=@DIR@
stdin=$(cat)
[ "$CNI_COMMAND" = VERSION ] && {
  echo '{"cniVersion":"1.1.0","supportedVersions":["0.4.0","1.0.0","1.1.0"]}'
  exit 0
}
echo "$CNI_COMMAND \${0##*/} $CNI_CONTAINERID $CNI_NETNS $CNI_IFNAME args=$CNI_ARGS $stdin" >> $dir/log
hook=$dir/$CNI_COMMAND-$CNI_IFNAME.sh
[ -e $hook ] && { . $hook; }
[ "$CNI_COMMAND" = ADD ] || exit 0
cat <<END
{ "cniVersion": "1.0.0",
  "interfaces": [{ "name": "br0" }, { "name": "$CNI_IFNAME", "mac": "02:00:00:00:00:01", "sandbox": "$CNI_NETNS" }],
  "ips": [{ "address": "10.1.0.2/24", "gateway": "10.1.0.1", "interface": 1 }],
  "routes": [{ "dst": "0.0.0.0/0" }] }
END
`

/** A machine in a folder: networks, plugins, and the programs that touch network namespaces. */
export interface NetTestbed {
  readonly folder: string
  /** A path with a network namespace, until it is removed. */
  readonly netns: string
  /** Runs `fairlead net` in this process; `<tmp>` stands for the folder. */
  fairlead(...argv: string[]): Promise<{ code: unknown; out: string; err: string }>
  /** Beside PATH, nothing of the real environment is seen. */
  env: Record<string, string>
  /** Ends what runs, as ctrl-C does. */
  readonly interrupt: AbortController
  network(file: string, content: object | string): Promise<void>
  plugin(name: string): Promise<void>
  /** A few lines of sh that are run when a verb comes for an interface. */
  hook(verb: string, ifName: string, script: string): Promise<void>
  /** Interfaces that the namespace is to have. */
  interfaces(...names: string[]): Promise<void>
  /** What was run, one line each: the plugins and `ip`. Without their stdin. */
  log(): Promise<string[]>
  /** What the last execution of a verb got on stdin. */
  stdinOf(verb: string): Promise<unknown>
  exists(file: string): boolean
  [Symbol.asyncDispose](): Promise<void>
}

export async function netTestbed(): Promise<NetTestbed> {
  const folder = await mkdtemp(path.join(tmpdir(), 'fairlead-net-'))
  const at = (...parts: string[]) => path.join(folder, ...parts)
  for (const dir of ['net.d', 'bin', 'tools']) await mkdir(at(dir))
  await symlink(`/proc/${process.pid}/ns/net`, at('netns'))
  const program = (file: string, text: string) => writeFile(file, text, { mode: 0o755 })
  await program(at('tools', 'ip'), `#!/bin/sh\necho "ip $*" >> ${at('log')}\n`)
  await program(at('tools', 'nsenter'), `#!/bin/sh\n[ -e ${at('dev')} ] && cat ${at('dev')}\n`)
  const lines = async () => {
    if (!existsSync(at('log'))) return []
    return (await readFile(at('log'), 'utf8')).trimEnd().split('\n')
  }
  const testbed: NetTestbed = {
    folder,
    netns: at('netns'),
    env: {},
    interrupt: new AbortController(),
    fairlead: async (...argv) => {
      const { PATH } = process.env
      const env = {
        PATH: `${at('tools')}:${PATH ?? ''}`,
        NETCONFPATH: at('net.d'),
        CNI_PATH: at('bin'),
        ...testbed.env,
      }
      const own = argv.includes('--cache-dir') ? [] : ['--cache-dir', at('cache')]
      const { signal } = testbed.interrupt
      const { code, out, err } = await runInProcess(['net', ...argv, ...own], { env, signal })
      const tidy = (text: string) => text.replaceAll(folder, '<tmp>')
      return { code, out: tidy(out), err: tidy(err) }
    },
    network: (file, content) =>
      writeFile(at('net.d', file), typeof content === 'string' ? content : JSON.stringify(content)),
    plugin: (name) => program(at('bin', name), PLUGIN.replace('@DIR@', folder)),
    hook: (verb, ifName, script) => writeFile(at(`${verb}-${ifName}.sh`), script),
    interfaces: (...names) =>
      writeFile(at('dev'), names.map((name) => `  ${name}: 1 2 3\n`).join('')),
    log: async () =>
      (await lines()).map((line) => line.replace(/ \{.*/, '').replaceAll(folder, '<tmp>')),
    stdinOf: async (verb) => {
      const line = (await lines()).findLast((one) => one.startsWith(`${verb} `)) ?? ''
      return JSON.parse(line.slice(line.indexOf('{')))
    },
    exists: (file) => existsSync(at(file)),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  }
  await testbed.plugin('one')
  await testbed.plugin('two')
  await testbed.network('10-a.conflist', {
    cniVersion: '1.0.0',
    name: 'a',
    plugins: [{ type: 'one', capabilities: { mac: true } }],
  })
  await testbed.network('20-b.conf', { cniVersion: '1.1.0', name: 'b', type: 'two' })
  return testbed
}

/** Lines of sh for {@link NetTestbed.hook}: the plugin reports an error. */
export function failWith(code: number, msg: string): string {
  return `echo '{"cniVersion":"1.1.0","code":${code},"msg":"${msg}"}'; exit 1\n`
}
