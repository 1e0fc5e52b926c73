import { useEffect, useState } from 'preact/hooks'

/** What the server gives for an address. */
export type Fetched =
  | { readonly state: 'loading' }
  | { readonly state: 'here'; readonly text: string }
  | { readonly state: 'failed'; readonly reason: string }

const TIMEOUT_MS = 30_000

/** Fetches an address for as long as the component is there: once, or again `everyMs` after an answer. */
export function useFetched(href: string, everyMs?: number): Fetched {
  const [fetched, setFetched] = useState<Fetched>({ state: 'loading' })
  useEffect(() => {
    const gone = new AbortController()
    void (async () => {
      for (;;) {
        const answer = await fetchText(href, gone.signal)
        if (gone.signal.aborted) return
        setFetched(answer)
        if (everyMs === undefined) return
        await pause(everyMs, gone.signal)
      }
    })()
    return () => {
      gone.abort()
    }
  }, [href, everyMs])
  return fetched
}

/** What the server gives for an address; what it says instead, where it does not. */
export async function fetchText(href: string, signal?: AbortSignal): Promise<Fetched> {
  const late = AbortSignal.timeout(TIMEOUT_MS)
  const within = signal === undefined ? late : AbortSignal.any([signal, late])
  try {
    const response = await fetch(href, { signal: within })
    const text = await response.text()
    return response.ok ? { state: 'here', text } : { state: 'failed', reason: text.trim() }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return { state: 'failed', reason: `fairlead ui does not answer: ${why}` }
  }
}

/** Resolves after `ms`, or when the signal is aborted. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    signal.addEventListener('abort', end)
  })
}
