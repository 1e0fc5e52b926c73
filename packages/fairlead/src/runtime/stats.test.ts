import { expect, test } from 'vitest'
import { interfaceUsages } from './stats.ts'

test('interfaces are counted as the kernel does, and the loopback is none', () => {
  // proc_pid_net(5), as Linux 6.18 prints it; long numbers stand right behind the colon.
  const text = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:      84       1    0    0    0     0          0         0       84       1    0    0    0     0       0          0
  eth0:123456789012345     223    3    0    0     0          0         0      472       6    4    0    0     0       0          0
`
  const of = (value: bigint) => ({ value })
  expect(interfaceUsages(text)).toEqual([
    {
      name: 'eth0',
      rxBytes: of(123456789012345n),
      rxErrors: of(3n),
      txBytes: of(472n),
      txErrors: of(4n),
    },
  ])
})
