import { expect, test } from 'vitest'
import { Access } from './access.ts'

const access = new Access(4711, 'secret')

test.each(['localhost', 'localhost:4711', '127.0.0.1:4711', '[::1]:4711', 'LOCALHOST:80'])(
  'the host %s is this machine, on whatever port it is forwarded',
  (host) => {
    expect(access.isOwnHost(host)).toBe(true)
  },
)

test.each([
  undefined,
  '',
  'evil.example:4711',
  'localhost.evil.example',
  '127.0.0.1.evil.example',
  '127.0.0.2',
  '[::2]',
  'evil@localhost',
])('the host %s is not', (host) => {
  expect(access.isOwnHost(host)).toBe(false)
})

test('only the token is the token', () => {
  expect(access.isToken('secret')).toBe(true)
  for (const text of [null, '', 'secre', 'secret ', 'SECRET'])
    expect(access.isToken(text)).toBe(false)
})

test('the cookie that is set is known again, among others', () => {
  const [cookie = ''] = access.setCookie().split(';')
  expect(cookie).toBe('fairlead-ui-4711=secret')
  expect(access.isKnown(`theme=dark; ${cookie}; a=b=c`)).toBe(true)
})

test("another page's cookie opens nothing here", () => {
  expect(access.isKnown(undefined)).toBe(false)
  expect(access.isKnown('fairlead-ui-4711=wrong')).toBe(false)
  expect(access.isKnown('fairlead-ui-4712=secret')).toBe(false)
  expect(access.isKnown('fairlead-ui-4711')).toBe(false)
})

test('each start has a token of its own that nobody guesses', () => {
  const tokens = new Set(Array.from({ length: 100 }, () => new Access(1).token))
  expect(tokens.size).toBe(100)
  for (const token of tokens) expect(token).toMatch(/^[\w-]{43}$/)
})
