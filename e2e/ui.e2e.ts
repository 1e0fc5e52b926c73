import { existsSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CHROMIUM } from './chromium.ts'
import { startFairlead, unable } from './support.ts'
import { fits, LivePage } from './ui/live-page.ts'
import { hangingPlugin, writeAgent } from './ui/node.ts'

const cannot = unable ?? (existsSync(CHROMIUM) ? undefined : `${CHROMIUM} is missing`)
if (cannot !== undefined) {
  if (process.env['CI'] !== undefined) throw new Error(`The live page cannot be tested: ${cannot}.`)
  process.stderr.write(`\n*** SKIPPED: the live page in a browser, since ${cannot}. ***\n\n`)
}

/** For people, who want to see a node that has been silent for longer: so many ms more. */
const SILENT_MS = Number(process.env['FAIRLEAD_UI_SILENT_MS'] ?? 0)

describe.skipIf(cannot !== undefined)('fairlead ui', () => {
  let live: LivePage

  beforeAll(async () => {
    live = await LivePage.start()
  })

  afterAll(() => live[Symbol.asyncDispose]())

  test('shows a node that is Ready, and asks nothing of any other host', async () => {
    const { page, errors, requests } = await live.open()
    expect(await page.getByRole('status').textContent()).toBe('Ready')
    expect(await page.title()).toMatch(/^Ready: /)
    await page.getByText(/^answered in /).waitFor()
    const networks = page.getByRole('row', { name: /cilium-cni, portmap/ })
    expect(await networks.count()).toBe(1)
    await page.getByText('the runtime has not been Ready for long').waitFor()
    await page.getByText('lacks storage').waitFor()
    await page.getByRole('img', { name: /^Timeline/ }).waitFor()
    await fits(page, 'node')
    expect(requests.every((made) => new URL(made).host === live.url.host)).toBe(true)
    expect(page.url()).not.toContain('token')
    expect(errors).toEqual([])
    await page.close()
  })

  test('shows Status go silent behind a plugin that hangs, and come back, as it happens', async () => {
    const { page } = await live.open()
    const answer = live.holdStatus()
    const endPlugin = await hangingPlugin(live.folder, live.ui.pid())
    await page.getByText(/^silent for \d+ s$/).waitFor()
    const row = page.getByRole('row', { name: /bridge ADD ?shop\/web-0/ })
    await row.waitFor()
    expect(await row.textContent()).toMatch(/runs for \d/)
    await page.waitForTimeout(SILENT_MS)
    const silence = `${3 + SILENT_MS / 1000} s`
    const text =
      `Status has been silent for ${silence} while listings are answered: ` +
      `it waits for bridge ADD (pid 4711, ${silence}).`
    await writeAgent(live.folder, { state: 'stalled', text })
    await page.getByText(text).waitFor()
    await fits(page, 'silent')
    endPlugin()
    answer()
    await page.getByText(/^answered in /).waitFor()
    await page.getByText(/^bridge ADD shop\/web-0 for/).waitFor({ state: 'hidden' })
    await page.close()
  })

  test('lists lab runs and opens one, with the timeline and the files of a trial', async () => {
    const { page, errors, requests } = await live.open()
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
    expect(requests.every((made) => new URL(made).host === live.url.host)).toBe(true)
    expect(errors.filter((text) => !text.includes('404'))).toEqual([])
    await page.close()
  })

  test('lists the upgrades of the cluster, and how far they are', async () => {
    const { page, errors } = await live.open()
    await page.getByRole('link', { name: 'Upgrades' }).click()
    await page.getByRole('img', { name: '32 of 200 nodes done, 38 begun' }).waitFor()
    await page.getByText('Stopped', { exact: true }).waitFor()
    await page.getByText('Status was silent for 42 s while it soaked').waitFor()
    await page.getByText('no controller has seen it yet').waitFor()
    await fits(page, 'upgrades')
    expect(live.kube.requests.filter((made) => !made.startsWith('GET '))).toEqual([])
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
      const { status, text } = await live.ask(target)
      expect([target, status]).toEqual([target, 401])
      expect(text).toBe(
        'Open the address that `fairlead ui` has printed: it holds a token, which is another one after each start.\n',
      )
    }
  })

  test('a page of another name, as DNS rebinding brings one, sees nothing, even with the token', async () => {
    const { status, text } = await live.ask(live.url.href, {
      host: `evil.example:${live.url.port}`,
    })
    expect([status, text]).toEqual([403, 'This page is at localhost and 127.0.0.1 only.\n'])
  })

  test('with the token one gets a cookie that scripts cannot read; nothing can be written', async () => {
    const first = await live.ask(live.url.href)
    expect([first.status, first.headers['location']]).toEqual([303, '/'])
    const [cookie = ''] = String(first.headers['set-cookie']).split(';')
    expect(String(first.headers['set-cookie'])).toMatch(/; Path=\/; HttpOnly; SameSite=Lax$/)
    const page = await live.ask('/', { cookie })
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
      expect([target, (await live.ask(target, { cookie })).status]).toEqual([target, 404])
    }
    expect((await live.ask('/', { cookie }, 'POST')).status).toBe(405)
  })

  test('a port that is taken is refused with what to do', async () => {
    const second = startFairlead(['ui', '--port', live.url.port], live.folder)
    expect(await second.ended).toEqual({
      code: 2,
      out: '',
      err:
        `error: 127.0.0.1:${live.url.port} cannot be served: listen EADDRINUSE: address already in use 127.0.0.1:${live.url.port}.\n` +
        'Name another port by --port; 0 takes any that is free.\n',
    })
  })

  test('the page says so when nobody answers any more', async () => {
    const { page } = await live.open()
    live.ui.stop()
    expect(await live.ui.ended).toBe(0)
    const alert = page.getByRole('alert')
    await alert.waitFor()
    expect(await alert.textContent()).toMatch(
      /^fairlead ui does not answer; this page keeps trying\. What you see is as of \d\d:\d\d:\d\d UTC\.$/,
    )
    await fits(page, 'lost')
    await page.close()
  })
})
