import fc from 'fast-check'
import { expect, test } from 'vitest'
import { canonicalCidr, canonicalIp } from './ip.ts'

test.each([
  ['10.0.0.1/8', '10.0.0.1/8'],
  ['0.0.0.0/0', '0.0.0.0/0'],
  ['::/0', '::/0'],
  ['2001:DB8:0:0:0:0:0:1/64', '2001:db8::1/64'],
  ['2001:db8:0:1:1:1:1:1/128', '2001:db8:0:1:1:1:1:1/128'],
  ['2001:0:0:1:0:0:0:1/64', '2001:0:0:1::1/64'],
  ['fd00::1:0:0:0:1/48', 'fd00:0:0:1::1/48'],
  ['10.0.0.1/08', '10.0.0.1/8'],
  ['::ffff:10.0.0.1/120', '10.0.0.1/24'],
  ['::ffff:10.0.0.1/64', '10.0.0.1/0'],
  ['::1.2.3.4/128', '::102:304/128'],
])('%s is written %s', (text, canonical) => {
  expect(canonicalCidr(text)).toBe(canonical)
})

test.each([
  '10.0.0.1',
  '10.0.0.1/33',
  '10.0.0.1/',
  '10.0.0.1/+8',
  '010.0.0.1/8',
  '10.0.0/8',
  '::1/129',
  'fe80::1%eth0/64',
  'x/8',
  '/8',
  '',
])('%j is no CIDR', (text) => {
  expect(canonicalCidr(text)).toBeUndefined()
})

test('an address in its canonical spelling stays as it is', () => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
      const once = canonicalIp(text)
      expect(once).toBeDefined()
      expect(canonicalIp(once ?? '')).toBe(once)
    }),
  )
})

test('an address is the same to WHATWG URL, which writes IPv6 as RFC 5952 has it', () => {
  fc.assert(
    fc.property(fc.ipV6(), (text) => {
      const canonical = canonicalIp(text) ?? ''
      fc.pre(canonical.includes(':'))
      expect(new URL(`http://[${text}]`).hostname).toBe(`[${canonical}]`)
    }),
  )
})
