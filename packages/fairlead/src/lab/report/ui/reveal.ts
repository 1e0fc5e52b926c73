import type { TrialReport } from '../report.ts'

/** The address of a trial's section in this page. */
export function trialHref(trial: TrialReport): string {
  return `#${encodeURIComponent(trial.id)}`
}

/**
 * Keeps open what the address names: a link into a collapsed trial opens it, at load, on a click
 * and on the browser's way back. Returns how to stop.
 */
export function revealTargets(): () => void {
  const onClick = ({ target }: MouseEvent) => {
    const link = target instanceof Element ? target.closest('a') : null
    // The address may already be this one, in which case it does not change.
    if (link?.hash !== '' && link?.hash === location.hash) reveal()
  }
  window.addEventListener('hashchange', reveal)
  document.addEventListener('click', onClick)
  reveal()
  return () => {
    window.removeEventListener('hashchange', reveal)
    document.removeEventListener('click', onClick)
  }
}

function reveal(): void {
  if (location.hash === '') return
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)))
  if (target === null) return
  for (let above = target.closest('details'); above !== null;) {
    above.open = true
    above = above.parentElement?.closest('details') ?? null
  }
  target.scrollIntoView()
  const details = target.querySelector('details')
  if (details === null || details.open) return
  // Before its content is there, the page may be too short to scroll so far.
  details.addEventListener('toggle', () => target.scrollIntoView(), { once: true })
  details.open = true
}
