import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type CriServer, serveCri } from '../packages/cri/src/index.ts'
import { fakeReport, fakeTrial } from '../packages/fairlead/src/lab/report/ui/fake-report.ts'
import { type AgentReport, writeAgentReport } from '../packages/fairlead/src/agent-report.ts'
import { MemoryApiServer } from '../packages/fairlead/src/kube/memory-api.ts'
import { RUNTIME_UPGRADES } from '../packages/fairlead/src/upgrade/resource.ts'
import { type KubeServer, serveKube } from '../tests/kube-server.ts'
import { fakeScenario } from '../tests/fake-scenario.ts'
import { CHROMIUM, launchChromium } from './chromium.ts'
import { BIN, startFairlead, unable, until } from './support.ts'

const cannot = unable ?? (existsSync(CHROMIUM) ? undefined : `${CHROMIUM} is missing`)
if (cannot !== undefined) {
  if (process.env['CI'] !== undefined) throw new Error(`The live page cannot be tested: ${cannot}.`)
  process.stderr.write(`\n*** SKIPPED: the live page in a browser, since ${cannot}. ***\n\n`)
}

/** A folder to keep screenshots in, for people to look at. */
const SHOTS = process.env['FAIRLEAD_SHOTS']
/** For people, who want to see a node that has been silent for longer: so many ms more. */
const SILENT_MS = Number(process.env['FAIRLEAD_UI_SILENT_MS'] ?? 0)

describe.skipIf(cannot !== undefined)('fairlead ui', () => {
  let folder: string
  let cri: CriServer
  let ui: ReturnType<typeof startAlone>
  let browser: Browser
  let kube: KubeServer
  let url: URL
  /** Resolved when Status may be answered again. */
  let held: Promise<void> | undefined

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'fl-e2e-'))
    const confDir = path.join(folder, 'net.d')
    await mkdir(confDir)
    for (const { file, list } of NETWORKS) {
      await writeFile(path.join(confDir, file), JSON.stringify(list))
    }
    await writeAgent(folder, { state: 'ready', text: 'The runtime has been Ready for 63 s.' })
    const socket = path.join(folder, 'cri.sock')
    cri = await serveCri(socket, {
      runtime: {
        version: () => ({ runtimeName: 'containerd', runtimeVersion: 'v2.0.1' }),
        listPodSandbox: () => ({ items: [] }),
        status: async ({ verbose }) => {
          await held
          return { status: { conditions: CONDITIONS }, info: verbose ? info(confDir) : {} }
        },
      },
      image: {},
    })
    const agentFile = path.join(folder, 'agent.json')
    await writeRuns(path.join(folder, 'runs'))
    const runs = ['--runs', path.join(folder, 'runs')]
    kube = await serveKube(clusterWithUpgrade(), { resources: [RUNTIME_UPGRADES] })
    const kubeconfig = path.join(folder, 'kubeconfig')
    await writeFile(kubeconfig, JSON.stringify(kubeconfigOf(kube.url)))
    const cluster = ['--kubeconfig', kubeconfig]
    const agent = ['--agent-file', agentFile]
    const flags = ['--port', '0', '--socket', socket, ...agent, ...runs, ...cluster]
    ui = startAlone(['ui', ...flags])
    await until(() => ui.written().endsWith('\n'))
    url = new URL(ui.written().trim())
    browser = await launchChromium()
  })

  afterAll(async () => {
    ui.stop()
    await ui.ended
    await browser.close()
    await kube[Symbol.asyncDispose]()
    await cri[Symbol.asyncDispose]()
    await rm(folder, { recursive: true })
  })

  async function open() {
    const page = await browser.newPage()
    const errors: string[] = []
    const requests: string[] = []
    page.on('pageerror', (error) => errors.push(error.message))
    page.on('console', (message) => {
      if (message.type() === 'error') errors.push(message.text())
    })
    page.on('request', (made) => requests.push(made.url()))
    await page.goto(url.href)
    await page.getByText('containerd v2.0.1 at').waitFor()
    return { page, errors, requests }
  }

  /** Whether the page fits a desktop and a phone, light and dark. */
  async function fits(page: Page, name: string) {
    for (const width of [1280, 390]) {
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.setViewportSize({ width, height: 900 })
        await page.emulateMedia({ colorScheme })
        const root = 'document.documentElement'
        expect(await page.evaluate(`${root}.scrollWidth <= ${root}.clientWidth`)).toBe(true)
        if (SHOTS === undefined) continue
        const file = path.join(SHOTS, `${name}-${width}-${colorScheme}.png`)
        await page.screenshot({ path: file, fullPage: true })
      }
    }
  }

  /** What a request without a browser gets. */
  function ask(target: string, headers: Record<string, string> = {}, method = 'GET') {
    return new Promise<{
      status: number | undefined
      headers: NodeJS.Dict<string | string[]>
      text: string
    }>((resolve, reject) => {
      const asked = request(new URL(target, url), { headers, method }, (response) => {
        let text = ''
        response.on('data', (chunk: Buffer) => {
          text += chunk.toString()
        })
        response.on('end', () => {
          resolve({ status: response.statusCode, headers: response.headers, text })
        })
      })
      asked.on('error', reject)
      asked.end()
    })
  }

  test('shows a node that is Ready, and asks nothing of any other host', async () => {
    const { page, errors, requests } = await open()
    expect(await page.getByRole('status').textContent()).toBe('Ready')
    expect(await page.title()).toMatch(/^Ready: /)
    await page.getByText(/^answered in /).waitFor()
    const networks = page.getByRole('row', { name: /cilium-cni, portmap/ })
    expect(await networks.count()).toBe(1)
    await page.getByText('the runtime has not been Ready for long').waitFor()
    await page.getByText('lacks storage').waitFor()
    await page.getByRole('img', { name: /^Timeline/ }).waitFor()
    await fits(page, 'node')
    expect(requests.every((made) => new URL(made).host === url.host)).toBe(true)
    expect(page.url()).not.toContain('token')
    expect(errors).toEqual([])
    await page.close()
  })

  test('shows Status go silent behind a plugin that hangs, and come back, as it happens', async () => {
    const { page } = await open()
    const wait = Promise.withResolvers<void>()
    held = wait.promise
    const endPlugin = await hangingPlugin(folder, ui.pid())
    await page.getByText(/^silent for \d+ s$/).waitFor()
    const row = page.getByRole('row', { name: /bridge ADD ?shop\/web-0/ })
    await row.waitFor()
    expect(await row.textContent()).toMatch(/runs for \d/)
    await page.waitForTimeout(SILENT_MS)
    const silence = `${3 + SILENT_MS / 1000} s`
    const text =
      `Status has been silent for ${silence} while listings are answered: ` +
      `it waits for bridge ADD (pid 4711, ${silence}).`
    await writeAgent(folder, { state: 'stalled', text })
    await page.getByText(text).waitFor()
    await fits(page, 'silent')
    endPlugin()
    wait.resolve()
    held = undefined
    await page.getByText(/^answered in /).waitFor()
    await page.getByText(/^bridge ADD shop\/web-0 for/).waitFor({ state: 'hidden' })
    await page.close()
  })

  test('lists lab runs and opens one, with the timeline and the files of a trial', async () => {
    const { page, errors, requests } = await open()
    await page.getByRole('link', { name: 'Lab runs' }).click()
    await page.getByText(/broken\/report\.json: kind: is no Fairlead lab report/).waitFor()
    await fits(page, 'runs')
    await page.getByRole('link', { name: '2 August 2026 at 14:05 UTC' }).click()
    await page.getByRole('heading', { name: 'Fairlead lab report' }).waitFor()
    await fits(page, 'run')
    await page.locator('.cell-wedge .cell-link').first().click()
    await page.getByRole('img', { name: /^Timeline/ }).waitFor({ state: 'visible' })
    await page.locator('.steps').getByText('the kubeconfig comes').waitFor()
    await fits(page, 'trial')
    await page.getByRole('link', { name: 'Trace' }).click()
    await page.getByText('"traceVersion":1').waitFor()
    await page.goBack()
    await page.locator('.cell-stall .cell-link').first().click()
    const alert = page.getByRole('alert')
    await alert.waitFor()
    expect(await alert.textContent()).toMatch(
      /^The timeline is not here: the folder of the report has no traces\/\S+\.jsonl that can be read\.$/,
    )
    expect(requests.every((made) => new URL(made).host === url.host)).toBe(true)
    expect(errors.filter((text) => !text.includes('404'))).toEqual([])
    await page.close()
  })

  test('lists the upgrades of the cluster, and how far they are', async () => {
    const { page, errors } = await open()
    await page.getByRole('link', { name: 'Upgrades' }).click()
    await page.getByRole('img', { name: '32 of 200 nodes done, 38 begun' }).waitFor()
    await page.getByText('Stopped', { exact: true }).waitFor()
    await page.getByText('Status was silent for 42 s while it soaked').waitFor()
    await page.getByText('no controller has seen it yet').waitFor()
    await fits(page, 'upgrades')
    expect(kube.requests.filter((made) => !made.startsWith('GET '))).toEqual([])
    expect(errors).toEqual([])
    await page.close()
  })

  test('whoever has no token sees nothing, and is told where it is', async () => {
    for (const target of [
      '/',
      '/ui.js',
      '/api/node',
      '/api/runs',
      '/runs',
      '/api/upgrades',
      '/?token=wrong',
      '/none',
    ]) {
      const { status, text } = await ask(target)
      expect([target, status]).toEqual([target, 401])
      expect(text).toBe(
        'Open the address that `fairlead ui` has printed: it holds a token, which is another one after each start.\n',
      )
    }
  })

  test('a page of another name, as DNS rebinding brings one, sees nothing, even with the token', async () => {
    const { status, text } = await ask(url.href, { host: `evil.example:${url.port}` })
    expect([status, text]).toEqual([403, 'This page is at localhost and 127.0.0.1 only.\n'])
  })

  test('with the token one gets a cookie that scripts cannot read; nothing can be written', async () => {
    const first = await ask(url.href)
    expect([first.status, first.headers['location']]).toEqual([303, '/'])
    const [cookie = ''] = String(first.headers['set-cookie']).split(';')
    expect(String(first.headers['set-cookie'])).toMatch(/; Path=\/; HttpOnly; SameSite=Lax$/)
    const page = await ask('/', { cookie })
    expect(page.status).toBe(200)
    expect(page.headers['content-security-policy']).toMatch(
      /^default-src 'none'; script-src 'self'/,
    )
    for (const target of [
      '/none',
      '/api/runs/none',
      '/api/runs/%2e%2e',
      '/api/runs/%',
      '/runs/a/b',
    ]) {
      expect([target, (await ask(target, { cookie })).status]).toEqual([target, 404])
    }
    expect((await ask('/', { cookie }, 'POST')).status).toBe(405)
  })

  test('a port that is taken is refused with what to do', async () => {
    const second = startFairlead(['ui', '--port', url.port], folder)
    expect(await second.ended).toEqual({
      code: 2,
      out: '',
      err:
        `error: 127.0.0.1:${url.port} cannot be served: listen EADDRINUSE: address already in use 127.0.0.1:${url.port}.\n` +
        'Name another port by --port; 0 takes any that is free.\n',
    })
  })

  test('the page says so when nobody answers any more', async () => {
    const { page } = await open()
    ui.stop()
    expect(await ui.ended).toBe(0)
    const alert = page.getByRole('alert')
    await alert.waitFor()
    expect(await alert.textContent()).toMatch(
      /^fairlead ui does not answer; this page keeps trying\. What you see is as of \d\d:\d\d:\d\d UTC\.$/,
    )
    await fits(page, 'lost')
    await page.close()
  })
})

const CONDITIONS = ['RuntimeReady', 'NetworkReady'].map((type) => ({ type, status: true }))

const NETWORKS = [
  {
    file: '05-cilium.conflist',
    list: {
      cniVersion: '1.0.0',
      name: 'cilium',
      plugins: [{ type: 'cilium-cni' }, { type: 'portmap' }],
    },
  },
  {
    file: '00-multus.conf',
    list: { cniVersion: '1.0.0', name: 'multus-cni-network', plugins: [{ type: 'multus-shim' }] },
  },
]

/** A run of which the trace of one trial is there, and one whose report is none. */
async function writeRuns(dir: string): Promise<void> {
  const wedge = fakeTrial({ word: 'wedge', statusSilenceMs: 48_000 })
  const trials = [wedge, fakeTrial({ runtime: 'r2', word: 'stall' }), fakeTrial({ scenario: 's2' })]
  const trace = [
    {
      type: 'trial',
      traceVersion: 1,
      atMs: 0,
      startedAt: '2026-08-02T14:05:00.000Z',
      scenario: fakeScenario({}),
      runtime: { name: 'r1', version: '1' },
      trial: 1,
    },
    { type: 'step', atMs: 12_000, phase: 'begin', index: 0, text: 'the kubeconfig comes' },
    { type: 'end', atMs: 62_000, reason: 'completed' },
  ]
  await mkdir(path.join(dir, 'run', 'traces'), { recursive: true })
  await writeFile(path.join(dir, 'run', 'report.json'), JSON.stringify(fakeReport(trials)))
  const lines = trace.map((event) => `${JSON.stringify(event)}\n`).join('')
  await writeFile(path.join(dir, 'run', wedge.files.trace), lines)
  await mkdir(path.join(dir, 'broken'))
  await writeFile(path.join(dir, 'broken', 'report.json'), '{"kind":"other"}')
}

/** An upgrade that a node has stopped, and one that nobody has begun. */
function clusterWithUpgrade(): MemoryApiServer {
  const memory = new MemoryApiServer({ wallMs: () => Date.UTC(2026, 7, 2, 14, 5) })
  const spec = { target: { version: '2.1.9' } }
  const status = {
    phase: 'Stopped',
    message: 'n-17 has failed: the wave goes back, and nothing else begins.',
    total: 200,
    wave: 2,
    waves: [{ upTo: 3 }, { upTo: 5 }, { upTo: 23 }, { upTo: 103 }, { upTo: 200 }],
    started: 38,
    done: 32,
    rolledBack: 4,
    inFlight: [{ node: 'n-18', uid: 'u', wave: 2 }],
    failures: [
      {
        node: 'n-17',
        wave: 2,
        reason: 'Status was silent for 42 s while it soaked',
        at: '2026-08-02T14:01:00Z',
      },
    ],
  }
  memory.seed(RUNTIME_UPGRADES, { metadata: { name: 'containerd-2-1-9' }, spec, status })
  const next = { target: { version: '2.3.4' } }
  memory.seed(RUNTIME_UPGRADES, { metadata: { name: 'containerd-2-3-4' }, spec: next })
  return memory
}

function kubeconfigOf(server: string) {
  return {
    clusters: [{ name: 'c', cluster: { server } }],
    users: [{ name: 'u', user: { token: 't' } }],
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'c',
  }
}

/** As containerd tells it. */
function info(confDir: string): Record<string, string> {
  const networks = NETWORKS.map(({ list }) => ({
    Config: { Name: list.name, Source: JSON.stringify(list) },
  }))
  return {
    lastCNILoadStatus: 'OK',
    cniconfig: JSON.stringify({ PluginConfDir: confDir, Networks: networks }),
  }
}

const AGENT: Omit<AgentReport, 'at' | 'runtime'> = {
  kind: 'fairlead.dev/agent-status',
  version: 1,
  published: ['05-cilium.conflist'],
  waiting: [{ network: 'multus-cni-network', reason: 'the runtime has not been Ready for long' }],
  quarantined: [],
  repairs: [],
  latePods: [{ namespace: 'shop', name: 'db-0', missing: ['storage'] }],
}

/** Writes what an agent that runs now says of the runtime. */
async function writeAgent(folder: string, runtime: AgentReport['runtime']): Promise<void> {
  const report = { ...AGENT, at: new Date().toISOString(), runtime }
  await writeAgentReport(path.join(folder, 'agent.json'), report)
}

/** The CLI where no process is but its own and those that are put there: it looks at all that there are. */
function startAlone(args: readonly string[]) {
  const alone = ['--pid', '--fork', '--kill-child', '--mount-proc']
  const child = spawn('unshare', [...alone, process.execPath, BIN, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let written = ''
  child.stdout.on('data', (chunk: Buffer) => {
    written += chunk.toString()
  })
  const children = `/proc/${child.pid}/task/${child.pid}/children`
  /** Of the CLI, as this process sees it; 0 when it has ended. */
  const pid = () => (existsSync(children) ? Number(readFileSync(children, 'latin1')) : 0)
  return {
    written: () => written,
    pid,
    stop: () => {
      if (pid() !== 0) process.kill(pid(), 'SIGTERM')
    },
    ended: once(child, 'close').then(([code]: readonly unknown[]) => code),
  }
}

/** A process as a runtime starts one for a plugin, beside another; returns how to end it. */
async function hangingPlugin(folder: string, beside: number): Promise<() => void> {
  const file = path.join(folder, 'bridge')
  await copyFile('/bin/sleep', file)
  const args = 'IgnoreUnknown=1;K8S_POD_NAMESPACE=shop;K8S_POD_NAME=web-0'
  const env = { CNI_COMMAND: 'ADD', CNI_CONTAINERID: 'c0ffee', CNI_ARGS: args }
  const { pid = 0 } = spawn('/usr/bin/nsenter', ['--pid', '--target', `${beside}`, file, '600'], {
    env,
    stdio: 'ignore',
    detached: true,
  })
  return () => {
    process.kill(-pid, 'SIGKILL')
  }
}
