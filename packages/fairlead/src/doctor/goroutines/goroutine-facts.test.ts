import { describe, expect, test } from 'vitest'
import { dumpOf, evidence, factsOfPieces, logged, probesIn, STACKS } from './dump-fixture.ts'

const names = (text: string) => probesIn(text).map(({ probe }) => probe)

describe('the hang of containerd 2.0.1', () => {
  const found = [
    {
      probe: 'goroutines-recursive-read-lock',
      text:
        "Setup (2) has go-cni's lock for reading and asks for it again (createResult), after Load " +
        'has asked to write: neither ever goes on. Behind it: Status (4).',
    },
  ]

  test.each(['goroutines.txt', 'goroutines.grouped.txt', 'containerd.log'])(
    'is a recursive read lock, and no slow plugin: %s',
    (file) => {
      expect(probesIn(evidence(`containerd-2.0.1-hang/${file}`))).toEqual(found)
    },
  )

  test('has the time of its log line, and the line', () => {
    const facts = factsOfPieces([evidence('containerd-2.0.1-hang/containerd.log')])
    expect(facts[0]).toMatchObject({
      kind: 'probe',
      atMs: Date.parse('2026-11-23T17:17:49.797Z'),
      place: { source: 'dump', line: 147 },
    })
  })

  test('shows each stack that waits once, with how many wait so', () => {
    const facts = factsOfPieces([evidence('containerd-2.0.1-hang/goroutines.txt')])
    const stacks = facts.flatMap((fact) => (fact.kind === 'line' ? [fact.text] : []))
    expect(stacks.map((text) => text.split(' < ').slice(0, 3).join(' < '))).toEqual([
      '1 goroutine [sync.RWMutex.Lock]: sync.(*RWMutex).Lock < github.com/containerd/go-cni.(*libcni).Load < github.com/containerd/containerd/v2/internal/cri/server.(*cniNetConfSyncer).syncLoop',
      '2 goroutines [sync.RWMutex.RLock]: sync.(*RWMutex).RLock < github.com/containerd/go-cni.(*libcni).createResult < github.com/containerd/go-cni.(*libcni).Setup',
      '4 goroutines [sync.RWMutex.RLock]: sync.(*RWMutex).RLock < github.com/containerd/go-cni.(*libcni).ready < github.com/containerd/go-cni.(*libcni).Status',
    ])
  })
})

describe('in a dump of containerd', () => {
  test('a reload behind a plugin that runs is told with the verb, its age and who queues', () => {
    const dump = dumpOf([STACKS.add, STACKS.reload, STACKS.status, STACKS.status])
    expect(probesIn(dump)).toEqual([
      {
        probe: 'goroutines-writer-behind-plugin',
        text:
          "A reload (Load) waits for go-cni's lock, which is held while a plugin's ADD runs, " +
          'for at least 3 min. Behind it: Status (2).',
      },
      {
        probe: 'plugin-process-hung',
        text: "The runtime waits: a plugin's ADD runs, for at least 3 min.",
      },
    ])
  })

  test('a lock that Setup asks for twice is no slow plugin, though another plugin runs', () => {
    const dump = dumpOf([STACKS.add, STACKS.networksUnderSetup, STACKS.reload])
    expect(names(dump)).toEqual(['goroutines-recursive-read-lock', 'plugin-process-hung'])
  })

  test('Setup that waits to begin asks for no lock twice', () => {
    const dump = dumpOf([STACKS.add, STACKS.readyOfSetup, STACKS.reload])
    expect(names(dump)).toEqual(['goroutines-writer-behind-plugin', 'plugin-process-hung'])
  })

  test('a plugin asked for STATUS that hangs holds Status up, with no reload about', () => {
    expect(probesIn(dumpOf([STACKS.statusVerb, STACKS.statusVerb]))).toEqual([
      {
        probe: 'goroutines-status-exec',
        text: "The runtime waits: a plugin's STATUS runs 2 times.",
      },
      {
        probe: 'goroutines-no-lock-wait',
        text: 'None of the 3 goroutines waits for a lock of CNI.',
      },
    ])
  })

  test('a reload behind STATUS is both', () => {
    expect(names(dumpOf([STACKS.statusVerb, STACKS.reload]))).toEqual([
      'goroutines-writer-behind-plugin',
      'goroutines-status-exec',
    ])
  })

  test('a plugin that has ended, and whose output somebody holds, is no slow plugin', () => {
    expect(probesIn(dumpOf([STACKS.addWithHeldPipe, STACKS.reload]))).toEqual([
      {
        probe: 'plugin-pipe-held',
        text:
          "The runtime waits: a plugin's ADD has ended but another process holds its output open, " +
          'for at least 2 min. Behind it: Load (1).',
      },
    ])
    expect(names(dumpOf([STACKS.addWithHeldPipe, STACKS.add, STACKS.reload]))).toEqual([
      'goroutines-writer-behind-plugin',
      'plugin-process-hung',
      'plugin-pipe-held',
    ])
  })

  test('a slow ADD that nobody queues behind is no lock', () => {
    expect(names(dumpOf([STACKS.add]))).toEqual(['plugin-process-hung', 'goroutines-no-lock-wait'])
  })
})

test.each([
  ['containerd-2.1-slow-add', ['goroutines-writer-behind-plugin', 'plugin-process-hung']],
  ['containerd-2.1-hung-status', ['goroutines-status-exec', 'goroutines-no-lock-wait']],
  ['containerd-1.7-slow-add', ['plugin-process-hung', 'goroutines-no-lock-wait']],
])('a real one of %s says what was done to it', (name, expected) => {
  expect(names(evidence(`${name}/containerd.log`))).toEqual(expected)
})

describe('in a dump of CRI-O', () => {
  test('a reload behind an ADD is told as one of ocicni', () => {
    const dump = dumpOf([STACKS.ocicniAdd, STACKS.ocicniReload, STACKS.ocicniStatus])
    expect(probesIn(dump)).toEqual([
      {
        probe: 'goroutines-writer-behind-plugin',
        text:
          "A reload (syncNetworkConfig) waits for ocicni's lock, which is held while a plugin's " +
          'ADD runs. Behind it: StatusWithContext (1).',
      },
    ])
  })

  test('a STATUS under the mutex of the CNI manager is a STATUS that hangs', () => {
    expect(probesIn(dumpOf([STACKS.crioStatusPoll, STACKS.crioReady]))).toEqual([
      {
        probe: 'goroutines-status-exec',
        text: "The runtime waits: a plugin's STATUS runs. Behind it: ReadyOrError (1).",
      },
    ])
  })
})

test('a dump of another program says nothing of CNI', () => {
  const dump = 'goroutine 1 [running]:\nmain.main()\n\t/src/main.go:1 +0x1\n\n'
  expect(factsOfPieces([dump])).toEqual([])
})

test('the versions of modules are told where the paths of files name them', () => {
  const dump = [
    'goroutine 1 [running]:',
    'github.com/containerd/go-cni.(*libcni).Status(0xc000)',
    '\tgithub.com/containerd/go-cni@v1.1.11/cni.go:138 +0x1',
    '',
  ].join('\n')
  expect(factsOfPieces([dump])).toContainEqual(
    expect.objectContaining({ kind: 'version', component: 'go-cni', version: '1.1.11' }),
  )
})

test('two dumps of one log are judged apart', () => {
  const log =
    logged(dumpOf([STACKS.add, STACKS.reload])) + logged(dumpOf([STACKS.statusVerb]), 'json')
  expect(names(log)).toEqual([
    'goroutines-writer-behind-plugin',
    'plugin-process-hung',
    'goroutines-status-exec',
    'goroutines-no-lock-wait',
  ])
})
