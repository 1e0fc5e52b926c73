import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CHROMIUM, launchChromium } from './chromium.ts'
import type { Report } from '../packages/fairlead/src/lab/report/report.ts'
import { fairlead, unable } from './support.ts'

/** What each runtime is known to do in the four scenarios that the incident is about. */
const EXPECTED = {
  'containerd@debian:trixie': {
    'dual-cni-boot': 'pass',
    'dual-cni-reboot': 'pass',
    'malformed-first-conf': 'flap',
    'slow-add-reload': 'pass',
  },
  'containerd@debian:forky': {
    'dual-cni-boot': 'pass',
    'dual-cni-reboot': 'stall',
    'malformed-first-conf': 'flap',
    'slow-add-reload': 'stall',
  },
}

describe.skipIf(unable !== undefined)('two runtimes through the scenarios of the incident', () => {
  let folder: string
  let report: Report
  let out: string
  let tookMs: number

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'fl-e2e-'))
    const startedMs = performance.now()
    const runtimes = Object.keys(EXPECTED).flatMap((name) => ['--runtime', name])
    const scenarios = Object.keys(EXPECTED['containerd@debian:trixie']).flatMap((name) => [
      '--scenario',
      name,
    ])
    const how = ['--jobs', '8']
    const run = await fairlead(['lab', 'run', ...how, ...runtimes, ...scenarios], folder)
    tookMs = performance.now() - startedMs
    expect(run.code, run.out + run.err).toBe(1)
    out = run.out
    report = JSON.parse(await readFile(path.join(folder, 'fairlead-report', 'report.json'), 'utf8'))
  })

  afterAll(async () => {
    await rm(folder, { recursive: true })
  })

  function trial(runtime: string, scenario: string) {
    const found = report.trials.find(
      (candidate) => candidate.runtime === runtime && candidate.scenario === scenario,
    )
    if (found === undefined) throw new Error(`no trial of ${scenario} on ${runtime}`)
    return found
  }

  test('comes to the verdicts that are known', () => {
    const verdicts = Object.fromEntries(
      Object.entries(EXPECTED).map(([runtime, scenarios]) => [
        runtime,
        Object.fromEntries(
          Object.keys(scenarios).map((name) => [name, trial(runtime, name).verdict.word]),
        ),
      ]),
    )
    expect(verdicts, out).toEqual(EXPECTED)
  })

  test('measures how long Status was silent: as long as the ADD that was held', () => {
    const { verdict } = trial('containerd@debian:forky', 'slow-add-reload')
    expect(verdict.statusSilenceMs).toBeGreaterThan(40_000)
    expect(verdict.statusSilenceMs).toBeLessThan(48_000)
    expect(verdict.ready.map(({ message }) => message)).toContain('container runtime is down')
    expect(trial('containerd@debian:trixie', 'slow-add-reload').verdict.statusSilenceMs).toBe(0)
  })

  test("has containerd's own last load error", () => {
    for (const runtime of Object.keys(EXPECTED)) {
      const { verdict } = trial(runtime, 'malformed-first-conf')
      expect(verdict.lastCniLoadError).toMatch(/00-multus\.conf: .*unexpected end of JSON input/)
      expect(out).toContain(verdict.lastCniLoadError)
    }
  })

  test('takes less than four minutes', () => {
    expect(tookMs).toBeLessThan(240_000)
  })

  test('gives the same verdicts from its traces later', async () => {
    for (const { files, verdict } of report.trials) {
      const trace = path.join(folder, 'fairlead-report', files.trace)
      const { code, out: text } = await fairlead(['lab', 'verdict', trace, '-o', 'json'], folder)
      expect(JSON.parse(text)).toEqual(verdict)
      expect(code).toBe(verdict.word === 'pass' ? 0 : 1)
    }
  })

  describe('in a browser', () => {
    let browser: Browser | undefined

    beforeAll(async () => {
      if (!existsSync(CHROMIUM)) {
        if (process.env['CI'] !== undefined) throw new Error(`${CHROMIUM} is missing`)
        process.stderr.write(
          `\n*** SKIPPED: the browser tests, since ${CHROMIUM} is missing. ***\n\n`,
        )
        return
      }
      browser = await launchChromium()
    })

    afterAll(async () => {
      await browser?.close()
    })

    test.each([
      ['desktop', 1280],
      ['phone', 390],
    ])('the report opens from disk and is whole on a %s', async (_name, width) => {
      if (browser === undefined) return
      const page = await browser.newPage({ viewport: { width, height: 900 } })
      const requests: string[] = []
      const errors: string[] = []
      page.on('request', (request) => requests.push(request.url()))
      page.on('pageerror', (error) => errors.push(error.message))
      const url = pathToFileURL(path.join(folder, 'fairlead-report', 'report.html')).href
      await page.goto(url)
      await page.getByText('4 of 8 trials pass; 2 stalls, 2 flaps').waitFor()
      const cells = page.getByRole('table').first().getByRole('link')
      // One to each cell, and one to what the doctor finds in each that fails.
      expect(await cells.count()).toBe(8 + 4)
      await cells.filter({ hasText: 'stall' }).first().click()
      const svg = page.getByRole('img', { name: /^Timeline/ }).first()
      await svg.waitFor({ state: 'visible' })
      expect(await page.getByText('container runtime is down').count()).toBeGreaterThan(0)
      const root = 'document.documentElement'
      expect(await page.evaluate(`${root}.scrollWidth <= ${root}.clientWidth`)).toBe(true)
      expect(errors).toEqual([])
      expect(
        requests.filter((request) => !request.startsWith('file:') && !request.startsWith('data:')),
      ).toEqual([])
      await page.close()
    })
  })
})
