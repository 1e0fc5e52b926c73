import { expect, test } from 'vitest'
import { osName } from './machine.ts'

test.each([
  [
    'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian"\n',
    'Debian GNU/Linux 12 (bookworm)',
  ],
  ["ID=alpine\nPRETTY_NAME='Alpine Linux v3.20'\n", 'Alpine Linux v3.20'],
  ['PRETTY_NAME=Arch\n', 'Arch'],
  ['', 'unknown'],
])('the name of an operating system: %j', (text, name) => {
  expect(osName(text)).toBe(name)
})
