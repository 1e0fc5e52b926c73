import { type Browser, chromium } from 'playwright-core'

/** Debian's own. */
export const CHROMIUM = '/usr/bin/chromium'

/** A browser as root may start it, which asks nothing of the network by itself. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: CHROMIUM,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}
