import { existsSync } from 'node:fs'
import { copyFile, mkdir, mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CHROMIUM, launchChromium } from './chromium.ts'
import type { Report } from '../packages/fairlead/src/lab/report/report.ts'
import { writeBigReport } from './fixtures/big-report.ts'

const cannot = existsSync(CHROMIUM) ? undefined : `${CHROMIUM} is missing`
if (cannot !== undefined) {
  if (process.env['CI'] !== undefined) throw new Error(`The report cannot be tested: ${cannot}.`)
  process.stderr.write(`\n*** SKIPPED: the report in a browser, since ${cannot}. ***\n\n`)
}

/** A folder to keep screenshots in, for people to look at. */
const SHOTS = process.env['FAIRLEAD_SHOTS']

describe.skipIf(cannot !== undefined)('a report of 30 scenarios, 6 runtimes and 3 trials', () => {
  let folder: string
  let report: Report
  let browser: Browser

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'fl-e2e-'))
    report = await writeBigReport(path.join(folder, 'beside'), { inline: false })
    await writeBigReport(path.join(folder, 'inline'), { inline: true })
    browser = await launchChromium()
  })

  afterAll(async () => {
    await browser.close()
    await rm(folder, { recursive: true })
  })

  async function open(
    kind: 'beside' | 'inline' | 'bare',
    options: { width: number; colorScheme: 'light' | 'dark' },
  ) {
    const { width, colorScheme } = options
    const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme })
    const errors: string[] = []
    const requests: string[] = []
    page.on('pageerror', (error) => errors.push(error.message))
    page.on('request', (request) => requests.push(request.url()))
    await page.goto(pathToFileURL(path.join(folder, kind, 'report.html')).href)
    await page.getByRole('heading', { name: 'Fairlead lab report' }).waitFor()
    return { page, errors, requests }
  }

  async function openWedge(page: Page) {
    await page.locator('.cell-wedge .cell-link').first().click()
    await page.getByRole('img', { name: /^Timeline/ }).waitFor({ state: 'visible' })
  }

  test('is under 1 MB, and under 1 MB more is asked for by opening one trial', async () => {
    const { size } = await stat(path.join(folder, 'beside', 'report.html'))
    expect(size).toBeLessThan(1_000_000)
    const [first] = report.trials
    const timeline = await stat(path.join(folder, 'beside', first?.files.timeline ?? ''))
    expect(timeline.size).toBeLessThan(1_000_000)
  })

  test.each([
    [1280, 'light'],
    [1280, 'dark'],
    [390, 'light'],
    [390, 'dark'],
  ] as const)(
    'is whole at %i px, %s: one click shows why, when and how again',
    async (width, colorScheme) => {
      const { page, errors, requests } = await open('beside', { width, colorScheme })
      const root = 'document.documentElement'
      const shot = async (name: string) => {
        expect(await page.evaluate(`${root}.scrollWidth <= ${root}.clientWidth`)).toBe(true)
        if (SHOTS !== undefined) {
          await page.screenshot({ path: path.join(SHOTS, `${name}-${width}-${colorScheme}.png`) })
        }
      }
      await shot('matrix')
      expect(await page.locator('.matrix .cell-link').count()).toBe(180)
      expect(requests).toHaveLength(1)
      await openWedge(page)
      const trial = page.locator('.trial', { has: page.getByRole('img', { name: /^Timeline/ }) })
      expect(await trial.getByText(/Status was answered last at 12\.0.s/).count()).toBe(1)
      expect(await trial.getByText('wedge 12.0 s').isVisible()).toBe(true)
      expect(await trial.getByText(/^FM-0/).count()).toBe(2)
      expect(await trial.getByText(/^fairlead lab run --runtime /).count()).toBe(1)
      await page.waitForTimeout(200)
      await shot('trial')
      expect(requests.filter((url) => url.endsWith('.js'))).toHaveLength(1)
      expect(requests.every((url) => url.startsWith('file:'))).toBe(true)
      expect(errors).toEqual([])
      await page.close()
    },
  )

  test('inlined, it needs nothing beside it', async () => {
    await rm(path.join(folder, 'inline', 'traces'), { recursive: true })
    const { page, errors, requests } = await open('inline', { width: 1280, colorScheme: 'light' })
    await openWedge(page)
    expect(requests).toHaveLength(1)
    expect(errors).toEqual([])
    await page.close()
  })

  test('without its traces it says what is missing', async () => {
    await mkdir(path.join(folder, 'bare'))
    await copyFile(
      path.join(folder, 'beside', 'report.html'),
      path.join(folder, 'bare', 'report.html'),
    )
    const { page } = await open('bare', { width: 1280, colorScheme: 'light' })
    await page.locator('.cell-wedge .cell-link').first().click()
    const alert = page.getByRole('alert')
    await alert.waitFor()
    expect(await alert.textContent()).toContain('The timeline is not here')
    await page.close()
  })

  test('a passing trial, which is folded away, opens from the matrix', async () => {
    const { page } = await open('beside', { width: 1280, colorScheme: 'light' })
    await page.locator('.cell-pass .cell-link').first().click()
    const timeline = page.getByRole('img', { name: /^Timeline/ })
    await timeline.waitFor({ state: 'visible' })
    expect(await timeline.count()).toBe(1)
    await page.close()
  })

  test('by keyboard alone: from the top to a cell, into the trial and back', async () => {
    const { page } = await open('beside', { width: 1280, colorScheme: 'light' })
    const focus = 'document.activeElement?.className'
    for (let tabs = 0; tabs < 5 && (await page.evaluate(focus)) !== 'cell-link'; tabs += 1) {
      await page.keyboard.press('Tab')
    }
    expect(await page.evaluate(focus)).toBe('cell-link')
    await page.keyboard.press('Enter')
    await page.getByRole('img', { name: /^Timeline/ }).waitFor({ state: 'visible' })
    await page.getByRole('link', { name: 'Back to the matrix' }).press('Enter')
    expect(await page.evaluate('location.hash')).toBe('#matrix')
    await page.close()
  })

  test('is printed with the whole matrix', async () => {
    const { page } = await open('beside', { width: 1280, colorScheme: 'dark' })
    const pdf = await page.pdf({
      ...(SHOTS === undefined ? {} : { path: path.join(SHOTS, 'print.pdf') }),
      printBackground: true,
    })
    expect(pdf.length).toBeGreaterThan(10_000)
    await page.emulateMedia({ media: 'print' })
    const table = await page.locator('.matrix').boundingBox()
    expect(table?.width ?? 9999).toBeLessThanOrEqual(1280)
    await page.close()
  })

  test('its JUnit XML is XML, with a case for each cell', async () => {
    const xml = await readFile(path.join(folder, 'beside', 'junit.xml'), 'utf8')
    const page = await browser.newPage()
    // As text, since the tests have no types of a page.
    const count = (name: string) =>
      page.evaluate(
        `new DOMParser().parseFromString(${JSON.stringify(xml)}, 'application/xml').querySelectorAll('${name}').length`,
      )
    expect(await count('parsererror')).toBe(0)
    expect(await count('testcase')).toBe(180)
    expect(await count('failure')).toBeGreaterThan(10)
    await page.close()
  })
})
