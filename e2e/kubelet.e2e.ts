import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { connectCri } from '../packages/cri/src/index.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { inspectKubelet } from '../packages/fairlead/src/lab/kubelet/kubelet-install.ts'
import {
  API_SERVER_URL,
  KUBELET_DIR,
  NODE_NAME,
} from '../packages/fairlead/src/lab/kubelet/node-files.ts'
import { RealKubelet } from '../packages/fairlead/src/lab/kubelet/real-kubelet.ts'
import { startTrialNode, type TrialNode } from '../packages/fairlead/src/lab/node/trial-node.ts'
import { prepareEmbedded } from '../packages/fairlead/src/lab/runtimes/embedded.ts'
import { systemClock } from '../packages/fairlead/src/ports.ts'
import { fairlead, machineState, stateAgain, unable, until } from './support.ts'

/** No Debian suite carries kubelet and kube-apiserver, so whoever has them says where. */
const KUBELET = process.env['FAIRLEAD_KUBELET']
if (KUBELET === undefined) {
  process.stderr.write(
    '\n*** SKIPPED: the tests of a real kubelet, since FAIRLEAD_KUBELET names none. ***\n\n',
  )
}

describe.skipIf(unable !== undefined || KUBELET === undefined)('a real kubelet', () => {
  let folder: string

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'fl-e2e-'))
  })

  afterAll(async () => {
    await rm(folder, { recursive: true })
  })

  test('finds the embedded runtime Ready, and leaves the pods and the machine alone', async () => {
    const before = machineState()
    const sysctls = () => readFile('/proc/sys/vm/overcommit_memory', 'utf8')
    const overcommit = await sysctls()
    const { code, out, err } = await fairlead(
      // The second stops the runtime as soon as it has pods, the third reboots the node.
      `lab run --runtime fairlead --kubelet ${KUBELET ?? ''} --scenario slow-add --scenario restart-with-pods --scenario reboot-with-pods`.split(
        ' ',
      ),
      folder,
    )
    expect(code, out + err).toBe(0)
    expect(out).toMatch(/KUBELET 1\.\d+\.\d+\S* REPORTED/)
    expect(out.match(/ pass +/g), out).toHaveLength(3)
    expect(await stateAgain(before)).toEqual(before)
    expect(await sysctls()).toBe(overcommit)
  })

  test('starts the sandbox of a pod of the API server in the embedded runtime', async () => {
    await using node = await startTrialNode(systemClock)
    const { signal } = new AbortController()
    const options = { logFile: path.join(folder, 'log'), clock: systemClock, signal }
    const name = { kind: 'embedded', name: 'fairlead', version: { text: '' } } as const
    const runtime = await prepareEmbedded(name, node)
    const conf = { cniVersion: '1.0.0', name: 'pods', plugins: [{ type: 'static-answer' }] }
    await writeFile(`${runtime.confDir.outside}/10-pods.conflist`, JSON.stringify(conf))
    for (const plugin of ['static-answer', 'loopback']) {
      await writeFile(`${runtime.binDir.outside}/${plugin}`, PLUGIN, { mode: 0o755 })
    }
    await runtime.start(options).serving
    let isReady = false
    const kubelet = new RealKubelet({
      ...options,
      install: await inspectKubelet(KUBELET ?? '', process.env),
      node,
      criSocketPath: runtime.socket.inside,
      atMs: () => 0,
      sink: {
        write: (event) => {
          isReady = event.type === 'node-ready' && event.status === 'True'
        },
      },
    })
    const stop = new AbortController()
    const running = kubelet.run(stop.signal)
    await until(() => isReady)

    const pods = '/api/v1/namespaces/default/pods'
    await ask(node, 'POST', pods, POD)
    let podIp: unknown
    for (let tries = 0; tries < 100 && podIp === undefined; tries += 1) {
      const pod = await ask(node, 'GET', `${pods}/web`)
      podIp = pod.status?.podIP
      await systemClock.sleep(100)
    }
    expect(podIp).toBe('10.1.2.3')
    using cri = connectCri(runtime.socket.outside)
    const list = await cri.listPodSandbox({ timeoutMs: 5000 })
    expect(list.ok && list.value.items.map(({ metadata }) => metadata?.name)).toEqual(['web'])
    stop.abort()
    await running
  })
})

/** Gives every pod the same address. */
const PLUGIN = `#!/bin/sh
cat >/dev/null
case $CNI_COMMAND in
  VERSION) echo '{"cniVersion":"1.0.0","supportedVersions":["1.0.0"]}' ;;
  ADD) echo '{"cniVersion":"1.0.0","ips":[{"address":"10.1.2.3/24"}]}' ;;
esac
`

/** Its image is nowhere, which is no matter to its sandbox. */
const POD = {
  metadata: { name: 'web' },
  spec: {
    nodeName: NODE_NAME,
    automountServiceAccountToken: false,
    tolerations: [{ operator: 'Exists' }],
    containers: [{ name: 'web', image: 'fairlead.local/none:1', imagePullPolicy: 'Never' }],
  },
}

/** A call to the API server, which only the node reaches. */
async function ask(node: TrialNode, method: string, url: string, body: object = {}) {
  const [token = ''] = (await readFile(node.outside(`${KUBELET_DIR}/tokens.csv`), 'utf8')).split(
    ',',
  )
  const { stdout, stderr } = await node.run(
    [process.execPath, '-e', ASK, method, `${API_SERVER_URL}${url}`, token, JSON.stringify(body)],
    { timeoutMs: 20_000 },
  )
  const answer: { kind?: string; message?: string; status?: { podIP?: string } } =
    JSON.parse(stdout)
  if (answer.kind !== 'Pod') throw new Error(`${method} ${url}: ${stdout}${stderr}`)
  return answer
}

const ASK = `
const [method, url, token, body] = process.argv.slice(1)
const headers = { authorization: 'Bearer ' + token, 'content-type': 'application/json' }
const request = require('node:https').request(url, { method, headers, rejectUnauthorized: false })
request.on('response', (response) => response.pipe(process.stdout))
request.end(method === 'POST' ? body : '')
`
