import { existsSync } from 'node:fs'
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { CHROMIUM, launchChromium } from './chromium.ts'
import { fairlead } from './support.ts'

const EVIDENCE = path.resolve(import.meta.dirname, '..', 'tests', 'evidence')

test.skipIf(!existsSync(CHROMIUM))(
  'the page of several nodes fits a phone, and leads from each node to its cause',
  async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'fl-e2e-'))
    const other = path.join(folder, 'nodes', 'a-node-with-a-name-as-clouds-give-them.internal')
    await cp(path.join(EVIDENCE, 'containerd-2.0.1-hang'), other, { recursive: true })
    const bundles = [path.join(EVIDENCE, 'seed-incident'), folder]
    const { out } = await fairlead(['doctor', ...bundles, '-o', 'html'], folder)
    const file = path.join(folder, 'page.html')
    await writeFile(file, out)
    const browser = await launchChromium()
    try {
      for (const width of [390, 1280]) {
        const page = await browser.newPage({ viewport: { width, height: 800 } })
        const problems: string[] = []
        page.on('console', (message) => problems.push(message.text()))
        await page.goto(pathToFileURL(file).href)
        const beyond = await page.evaluate(
          'document.documentElement.scrollWidth - document.documentElement.clientWidth',
        )
        expect(beyond, `at ${width} px`).toBe(0)
        await page.getByRole('link', { name: 'worker-3', exact: true }).click()
        const heading = page.getByRole('heading', { name: 'worker-3' })
        await expect.poll(async () => (await heading.boundingBox())?.y).toBeLessThan(800)
        expect(problems).toEqual([])
        await page.close()
      }
    } finally {
      await browser.close()
      await rm(folder, { recursive: true })
    }
  },
)
