import { expect, test } from 'vitest'
import { specSchema, type UpgradeSpecInput } from '../spec.ts'
import { whoMoves } from './executor-of.ts'

function told(executor: UpgradeSpecInput['executor'], more: Partial<UpgradeSpecInput> = {}) {
  return whoMoves(specSchema.parse({ target: { version: '2' }, executor, ...more }))
}

test('who moves the nodes is told, by its image', () => {
  expect(told({})).toBe('The agent of each node moves it, from slot to slot.')
  expect(told({ job: { image: 'x:1' } })).toBe('A Job on each node moves it: x:1.')
  expect(told({ talos: {} })).toContain('talosctl upgrade: ghcr.io/siderolabs/installer.')
  expect(told({ plan: { image: 'x' } })).toBe(
    'system-upgrade-controller in system-upgrade moves each node, by a Plan: x.',
  )
})

test.each(['rancher/k3s-upgrade', 'registry:5000/rancher/rke2-upgrade:v1.33.1-rke2r1'])(
  'that %s does not go back is told, unless nobody would send it back',
  (image) => {
    expect(told({ plan: { image } })).toContain(
      'refuses to go back, so onFailure: rollback-wave would leave nodes cordoned',
    )
    expect(told({ job: { image } }, { onFailure: 'pause' })).not.toContain('refuses')
  },
)
