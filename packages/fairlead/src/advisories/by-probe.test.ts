import { expect, test } from 'vitest'
import { loadAdvisories } from './advisory-files.ts'
import { idsByProbe } from './by-probe.ts'

const EXITS = 'containerd-conf-dir-removed-process-exits'

test('what is known of a runtime is named for its versions only', async () => {
  const advisories = await loadAdvisories()
  const ids = (component: 'containerd' | 'cri-o', version: string) =>
    idsByProbe(advisories, { component, version }).get('conf-dir-missing') ?? []
  expect(ids('containerd', '2.1.9')).toContain(EXITS)
  expect(ids('containerd', '1.7.34')).not.toContain(EXITS)
  expect(ids('cri-o', '1.32.1')).not.toContain(EXITS)
})

test('what is known of a plugin is named whatever runs it', async () => {
  const advisories = await loadAdvisories()
  const ids = idsByProbe(advisories, { component: 'cri-o', version: '1.32.1' }).get(
    'conf-exclusive-writer',
  )
  expect(ids).toContain('cilium-cni-exclusive-renames-others')
})
