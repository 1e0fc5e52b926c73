import fc from 'fast-check'
import { expect, test } from 'vitest'
import { safeText } from './safe-text.ts'

test('what a terminal takes for a command is gone', () => {
  expect(safeText('\u001b[31mred\u001b[0m \u001b]0;title\u0007x\u0000\u202e\ud800')).toBe(
    'red x\u{fffd}\u{fffd}\u{fffd}',
  )
  expect(safeText('a\tb')).toBe('a b')
})

test('tokens, passwords and keys are masked, and what is around them stays', () => {
  const jwt = 'eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJrdWJlcm5ldGVz.c2lnbmF0dXJl'
  const secrets: readonly (readonly [string, string])[] = [
    [`token ${jwt} rejected`, 'token [secret] rejected'],
    ['Authorization: Bearer abcdef.ghijkl-012', 'Authorization: Bearer [secret]'],
    ['    token: abcdef.0123456789abcdef', '    token: [secret]'],
    [String.raw`{"password\":\"hunter22\"}`, String.raw`{"password\":\"[secret]\"}`],
    ['client-key-data: LS0tLS1CRUdJTiBSU0E=', 'client-key-data: [secret]'],
    ['https://user:pa55word@host/x', 'https://user:[secret]@host/x'],
    ['-----BEGIN RSA PRIVATE KEY-----\\nMIIE', '-----BEGIN PRIVATE KEY----- [secret]'],
    ['A'.repeat(90), '[secret]'],
  ]
  for (const [text, masked] of secrets) expect(safeText(text)).toBe(masked)
})

test('digests, container ids and words about tokens stay readable', () => {
  const digest = `sha256:${'0123456789abcdef'.repeat(4)}`
  for (const text of [
    digest,
    'the token has expired',
    'Unauthorized',
    'secret "multus" not found',
  ]) {
    expect(safeText(text)).toBe(text)
  }
})

test('any text is made safe within a moment', () => {
  for (const hostile of ['eyJ-'.repeat(50_000), '://a:'.repeat(50_000), 'token:'.repeat(50_000)]) {
    const begin = performance.now()
    expect(safeText(hostile).length).toBeLessThanOrEqual(10_000)
    expect(performance.now() - begin).toBeLessThan(500)
  }
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => {
      // oxlint-disable-next-line no-control-regex -- what must not be left
      expect(safeText(text)).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/)
    }),
  )
})
