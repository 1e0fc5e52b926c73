import { expect, test } from 'vitest'
import { agentConfigSchema, type PublishPolicy } from './config.ts'
import { type Candidate, decide, type Situation } from './decide.ts'

const CILIUM = candidate('cilium', '05-cilium.conflist')
const MULTUS = candidate('multus', '00-multus.conf', { needs: ['cilium'] })

test('the primary network comes before the one that delegates to it', () => {
  const first = decide(situation({ candidates: [MULTUS, CILIUM] }), policy())
  expect([...first.files.keys()]).toEqual(['05-cilium.conflist'])
  expect(first.waiting.get('multus')).toBe('cilium comes first')
})

test('the next network waits until the runtime has been Ready for long', () => {
  const published = new Map([[CILIUM.file, CILIUM.text]])
  const soon = situation({ candidates: [MULTUS, CILIUM], published, steadyForMs: 9_999 })
  expect(decide(soon, policy()).change).toBeUndefined()
  expect(decide(soon, policy()).waiting.get('multus')).toBe(
    'the runtime has not been Ready for long',
  )
  const then = decide({ ...soon, steadyForMs: 10_000 }, policy())
  expect(then.change).toBe('multus comes')
  expect([...then.files.keys()].toSorted()).toEqual(['00-multus.conf', '05-cilium.conflist'])
})

test('all networks that are ready come at once where bring-up is not staged', () => {
  const ipvlan = candidate('ipvlan', '10-ipvlan.conflist')
  const { files } = decide(situation({ candidates: [CILIUM, ipvlan] }), policy({ staged: false }))
  expect(files.size).toBe(2)
})

test('the pinned primary comes first, whatever the names of the files say', () => {
  const ipvlan = candidate('ipvlan', '01-ipvlan.conflist')
  const { files, waiting } = decide(
    situation({ candidates: [ipvlan, CILIUM] }),
    policy({ primary: 'cilium' }),
  )
  expect([...files.keys()]).toEqual(['05-cilium.conflist'])
  expect(waiting.get('ipvlan')).toBe('cilium comes first')
})

test('a network that is not ready is not published, and what was published of it stays', () => {
  const broken = {
    ...CILIUM,
    text: 'new',
    readiness: { ready: false, reason: 'no binary' } as const,
  }
  const published = new Map([[CILIUM.file, CILIUM.text]])
  const { files, change, waiting } = decide(
    situation({ candidates: [broken], published }),
    policy(),
  )
  expect(change).toBeUndefined()
  expect(files).toEqual(published)
  expect(waiting.get('cilium')).toBe('no binary')
})

test('a file that is rejected keeps what was published', () => {
  const published = new Map([[CILIUM.file, CILIUM.text]])
  const { change } = decide(
    situation({ published, rejected: new Set([CILIUM.file]), goneForMs: () => 1e9 }),
    policy({ withdrawLast: true }),
  )
  expect(change).toBeUndefined()
})

test('a network goes some time after its file, but the last one only by policy', () => {
  const published = new Map([
    [CILIUM.file, CILIUM.text],
    [MULTUS.file, MULTUS.text],
  ])
  const gone = (file: string) => (file === MULTUS.file ? 60_000 : undefined)
  const one = situation({ candidates: [CILIUM], published, goneForMs: gone })
  expect([...decide(one, policy()).files.keys()]).toEqual([CILIUM.file])
  expect(decide({ ...one, goneForMs: () => 59_999 }, policy()).change).toBeUndefined()

  const all = situation({ published, goneForMs: () => 60_000 })
  expect(decide(all, policy()).change).toBeUndefined()
  expect(decide(all, policy({ withdrawLast: true })).files.size).toBe(0)
})

// Was: it waited for ever for a runtime to be Ready that was not so by what it was to replace.
test('what comes does not wait for a network whose source has gone, the last one included', () => {
  const published = new Map([[CILIUM.file, CILIUM.text]])
  const calico = candidate('calico', '10-calico.conflist')
  const gone = situation({ candidates: [calico], published, goneForMs: () => 60_000 })
  const { files, change } = decide(gone, policy())
  expect(change).toBe('calico comes')
  expect(decide({ ...gone, published: files }, policy()).change).toBe('05-cilium.conflist goes')
  expect(decide({ ...gone, goneForMs: () => 59_999 }, policy()).waiting.get('calico')).toBe(
    'the runtime is not Ready',
  )
})

test('what was withdrawn is not published again as it is, and is once it changes', () => {
  const published = new Map([[CILIUM.file, CILIUM.text]])
  const bad = { ...CILIUM, text: 'bad' }
  const quarantined = (_file: string, text: string) => (text === 'bad' ? 'NotReady' : undefined)
  const refused = decide(situation({ candidates: [bad], published, quarantined }), policy())
  expect(refused.change).toBeUndefined()
  expect(refused.waiting.get('cilium')).toBe('it was withdrawn: NotReady')
  const mended = { ...CILIUM, text: 'mended' }
  expect(decide(situation({ candidates: [mended], published, quarantined }), policy()).change).toBe(
    'cilium changes',
  )
})

function candidate(network: string, file: string, more: Partial<Candidate> = {}): Candidate {
  return {
    network,
    file,
    text: `text of ${network}`,
    isRewritten: false,
    readiness: { ready: true },
    needs: [],
    ...more,
  }
}

function situation(more: Partial<Situation>): Situation {
  return {
    candidates: [],
    rejected: new Set(),
    published: new Map(),
    goneForMs: () => undefined,
    quarantined: () => undefined,
    steadyForMs: undefined,
    ...more,
  }
}

function policy(more: Partial<PublishPolicy> = {}): PublishPolicy {
  const config = agentConfigSchema.parse({ sourceDirs: ['/a'], confDir: '/b' })
  return { ...config.publish, ...more }
}
