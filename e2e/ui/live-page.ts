import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { expect } from 'vitest'
import type { CriServer } from '../../packages/cri/src/index.ts'
import { RUNTIME_UPGRADES } from '../../packages/fairlead/src/upgrade/resource.ts'
import { type KubeServer, serveKube } from '../../tests/kube-server.ts'
import { launchChromium } from '../chromium.ts'
import { until } from '../support.ts'
import { serveRuntime, startAlone, writeAgent } from './node.ts'
import { writeRuns } from './runs.ts'
import { clusterWithUpgrade, kubeconfigOf } from './upgrades.ts'

/** A folder to keep screenshots in, for people to look at. */
const SHOTS = process.env['FAIRLEAD_SHOTS']

/** What the page is served from and looked at with. */
interface Parts {
  readonly folder: string
  readonly url: URL
  readonly ui: ReturnType<typeof startAlone>
  readonly kube: KubeServer
  readonly cri: CriServer
  readonly browser: Browser
  /** Status is answered after that. */
  readonly hold: { until: Promise<void> | undefined }
}

/** `fairlead ui` with a runtime, an agent's report, lab runs and a cluster, and a browser beside it. */
export class LivePage implements AsyncDisposable {
  readonly folder: string
  readonly url: URL
  readonly ui: Parts['ui']
  readonly kube: KubeServer
  readonly #parts: Parts

  private constructor(parts: Parts) {
    this.folder = parts.folder
    this.url = parts.url
    this.ui = parts.ui
    this.kube = parts.kube
    this.#parts = parts
  }

  static async start(): Promise<LivePage> {
    const folder = await mkdtemp(path.join(tmpdir(), 'fl-e2e-'))
    const inFolder = (name: string) => path.join(folder, name)
    const hold: Parts['hold'] = { until: undefined }
    await writeAgent(folder, { state: 'ready', text: 'The runtime has been Ready for 63 s.' })
    const cri = await serveRuntime(folder, inFolder('cri.sock'), () => hold.until)
    await writeRuns(inFolder('runs'))
    const kube = await serveKube(clusterWithUpgrade(), { resources: [RUNTIME_UPGRADES] })
    await writeFile(inFolder('kubeconfig'), JSON.stringify(kubeconfigOf(kube.url)))
    // prettier-ignore
    const ui = startAlone([
      'ui', '--port', '0', '--socket', inFolder('cri.sock'), '--agent-file', inFolder('agent.json'),
      '--runs', inFolder('runs'), '--kubeconfig', inFolder('kubeconfig'),
    ])
    await until(() => ui.written().endsWith('\n'))
    const url = new URL(ui.written().trim())
    return new LivePage({ folder, url, ui, kube, cri, browser: await launchChromium(), hold })
  }

  /** Status goes silent; resolves what is returned to have it answered again. */
  holdStatus(): () => void {
    const wait = Promise.withResolvers<void>()
    this.#parts.hold.until = wait.promise
    return () => {
      this.#parts.hold.until = undefined
      wait.resolve()
    }
  }

  /** Opens it in the browser, and keeps what it says and asks for. */
  async open() {
    const page = await this.#parts.browser.newPage()
    const errors: string[] = []
    const requests: string[] = []
    page.on('pageerror', (error) => errors.push(error.message))
    page.on('console', (message) => {
      if (message.type() === 'error') errors.push(message.text())
    })
    page.on('request', (made) => requests.push(made.url()))
    await page.goto(this.url.href)
    await page.getByText('containerd v2.0.1 at').waitFor()
    return { page, errors, requests }
  }

  /** What a request without a browser gets. */
  ask(target: string, headers: Record<string, string> = {}, method = 'GET') {
    return new Promise<{
      status: number | undefined
      headers: NodeJS.Dict<string | string[]>
      text: string
    }>((resolve, reject) => {
      const asked = request(new URL(target, this.url), { headers, method }, (response) => {
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

  async [Symbol.asyncDispose](): Promise<void> {
    this.ui.stop()
    await this.ui.ended
    await this.#parts.browser.close()
    await this.kube[Symbol.asyncDispose]()
    await this.#parts.cri[Symbol.asyncDispose]()
    await rm(this.folder, { recursive: true })
  }
}

/** Whether the page fits a desktop and a phone, light and dark. */
export async function fits(page: Page, name: string) {
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
