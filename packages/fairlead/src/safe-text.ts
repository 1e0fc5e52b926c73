import { stripVTControlCharacters } from 'node:util'

/** The longest text that a fact has; expressions below see no more. */
export const TEXT_LIMIT = 2048

/**
 * A text from a source that nobody vouches for, as it may be printed and kept: without what a terminal
 * takes for a command or shows in another order, and with secrets masked.
 */
export function safeText(text: string): string {
  return owned(maskSecrets(printable(text.length > TEXT_LIMIT ? text.slice(0, TEXT_LIMIT) : text)))
}

/** The same text with memory of its own: to V8 a part of a text is a view that keeps the whole. */
export function owned(text: string): string {
  return Buffer.from(text).toString()
}

/** The same text without control characters and marks that change the direction of what follows. */
export function printable(text: string): string {
  if (!UNPRINTABLE.test(text)) return text
  return stripVTControlCharacters(text)
    .replaceAll('\t', ' ')
    .replace(UNPRINTABLE_ALL, '\u{fffd}')
    .trimEnd()
}

// C0 and C1 controls; the bidirectional marks of https://trojansource.codes; lone surrogates.
const CONTROLS = String.raw`\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069`
const UNPRINTABLE = new RegExp(String.raw`[${CONTROLS}]|\p{Surrogate}`, 'u')
const UNPRINTABLE_ALL = new RegExp(UNPRINTABLE.source, 'gu')

const MASK = '[secret]'

/** Each is linear on a text of limited length: no part can match what the part after it begins with. */
const SECRETS: readonly (readonly [RegExp, string])[] = [
  // All that follows a private key's first line, which is often folded into one.
  [/-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----.*$/s, `-----BEGIN PRIVATE KEY----- ${MASK}`],
  // A JSON Web Token, as service accounts have (RFC 7519): two or three parts in base64url.
  [/\beyJ[\w-]{10,}\.[\w-]{10,}(?:\.[\w-]*)?/g, MASK],
  [/\b(bearer|basic) [\w+/=.~-]{8,}/gi, `$1 ${MASK}`],
  // `user:password@` of a URL.
  [/(:\/\/[^\s/@:]{1,200}:)[^\s/@]{1,200}@/g, `$1${MASK}@`],
  // Keys of kubeconfigs, Secret objects and the environment, in YAML, JSON (escaped or not) and logfmt.
  [
    /((?:token|passwd|password|secret|api[-_]?key|access[-_]?key|key-data|client[-_]certificate-data|auth|credentials?)\\*["']?\s{0,3}[:=]\s{0,3}\\*["']?)[^\s"'\\,;}&]{6,}/gi,
    `$1${MASK}`,
  ],
  // Anything else of that length in base64: longer than digests and container ids, which help.
  [/[A-Za-z0-9+/]{80,}={0,2}/g, MASK],
]

function maskSecrets(text: string): string {
  return SECRETS.reduce((masked, [secret, mask]) => masked.replace(secret, mask), text)
}
