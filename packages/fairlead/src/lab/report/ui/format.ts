/** A point or a stretch of time in seconds: `0.2 s`, `38.2 s`, `124 s`. */
export function seconds(ms: number): string {
  const value = ms / 1000
  return `${value < 99.95 ? value.toFixed(1) : value.toFixed(0)} s`
}

/** How long a call took, in the unit that fits: `0.4 ms`, `12 ms`, `1.2 s`. */
export function latency(ms: number): string {
  if (ms < 9.95) return `${ms.toFixed(1)} ms`
  return ms < 999.5 ? `${ms.toFixed(0)} ms` : seconds(ms)
}

/** How long a whole run took: `58 s`, `4 min 12 s`, `1 h 3 min`. */
export function duration(ms: number): string {
  const total = Math.round(ms / 1000)
  if (total < 60) return `${total} s`
  if (total < 3600) return `${Math.floor(total / 60)} min ${total % 60} s`
  const minutes = Math.round(total / 60)
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

/** A number with its noun: `1 trial`, `2 trials`, `3 crashes`. */
export function count(n: number, noun: string): string {
  if (n === 1) return `1 ${noun}`
  return `${n} ${noun}${/(s|sh|ch|x)$/.test(noun) ? 'es' : 's'}`
}

/** A file's size: `482 B`, `1.2 kB`. */
export function size(bytes: number): string {
  return bytes < 1000 ? `${bytes} B` : `${(bytes / 1000).toFixed(1)} kB`
}

/** A date and time for people, in UTC so that everyone reads the same; `iso` itself if it is none. */
export function when(iso: string): string {
  const date = new Date(iso)
  if (Number.isNaN(date.getTime())) return iso
  const text = new Intl.DateTimeFormat('en-GB', {
    dateStyle: 'long',
    timeStyle: 'short',
    timeZone: 'UTC',
  }).format(date)
  return `${text} UTC`
}

/** A path beside the report as a link; names may hold characters that mean something in a URL. */
export function relativeHref(path: string): string {
  return `./${path.split('/').map(encodeURIComponent).join('/')}`
}

/** `text` with each number kept on one line with its unit or noun. */
export function unbroken(text: string): string {
  return text.replaceAll(/(\d) (?=[a-z])/g, '$1\u00a0')
}

/** `text` in at most `length` characters. */
export function shorten(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1).trimEnd()}…`
}
