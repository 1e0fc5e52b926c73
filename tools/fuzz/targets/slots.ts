import { generateKeyPairSync } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { openChecksums, parseChecksums } from '../../../packages/fairlead/src/slots/checksums.ts'
import { loadSlotsConfig } from '../../../packages/fairlead/src/slots/config.ts'
import { checkShims } from '../../../packages/fairlead/src/slots/shims.ts'
import { readSlot } from '../../../packages/fairlead/src/slots/slot.ts'
import { readState } from '../../../packages/fairlead/src/slots/state.ts'
import { signText } from '../../../packages/fairlead/src/signed-text.ts'
import { scratchDir, scratchFile } from '../scratch.ts'
import { demand, type FuzzTarget, json, text, unlessRefused, yaml } from '../target.ts'

const CONFIG = `slotsDir: /var/lib/fairlead/slots
socket: /run/containerd/containerd.sock
stop: [systemctl, stop, containerd]
watch: {every: 1s, startWithin: 60s, steadyFor: 90s, within: 300s, fallsAtMost: 2}
probe: {pod: true, annotations: {a: b}, drill: false}
`
const SUMS = `${'a'.repeat(64)}  bin/containerd\n${'b'.repeat(64)} *ctr\n`
const MANIFEST = {
  kind: 'fairlead.dev/runtime-slot',
  version: 1,
  runtime: { kind: 'containerd', version: '2.1.9' },
  stagedAt: '2025-11-25T04:00:21Z',
  files: { containerd: { sha256: 'a'.repeat(64), sizeBytes: 1 } },
}
const STATE = {
  kind: 'fairlead.dev/runtime-slots',
  version: 1,
  activation: null,
  history: [
    { from: null, to: '2.1.9', beganAt: 'x', endedAt: 'y', outcome: 'activated', reasons: ['r'] },
  ],
}

export function slotTargets(): readonly FuzzTarget[] {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const kind = { mark: 'fairlead-checksums 1', word: '', make: '' }
  const signed = signText(kind, SUMS.trimEnd(), privateKey)
  return [
    {
      name: 'slots-config',
      reads: 'the config of runtime slots',
      covers: ['packages/fairlead/src/slots/config.ts'],
      samples: [yaml(CONFIG)],
      cost: 8,
      feed: async (input) => {
        const file = scratchFile('slots.yaml', input)
        return (await unlessRefused(['FL_SLOT_CONFIG'], () => loadSlotsConfig(file))) !== undefined
      },
    },
    {
      name: 'slots-state',
      reads: 'manifests and the state of runtime slots, and what shims of pods say',
      covers: [
        'packages/fairlead/src/slots/slot.ts',
        'packages/fairlead/src/slots/state.ts',
        'packages/fairlead/src/slots/shims.ts',
      ],
      samples: [
        json(MANIFEST),
        json(STATE),
        json({ version: 3, address: 'unix:///x', protocol: 'ttrpc' }),
      ],
      cost: 2,
      feed: async (input) => {
        const dir = path.join(scratchDir(), 'slots')
        const task = path.join(dir, 'io.containerd.runtime.v2.task/k8s.io/pod')
        mkdirSync(path.join(dir, 'mine'), { recursive: true })
        mkdirSync(task, { recursive: true })
        for (const file of [
          'state.json',
          'mine/manifest.json',
          path.relative(dir, `${task}/bootstrap.json`),
        ]) {
          scratchFile(`slots/${file}`, input)
        }
        const state = await unlessRefused(['FL_SLOT_STATE'], () => readState(dir))
        const slot = await unlessRefused(['FL_SLOT_INVALID'], () => readSlot(dir, 'mine'))
        if (slot === undefined) return state !== undefined
        // It refuses by telling how many pods would be ended.
        await checkShims(dir, ['pod'], slot).catch((error: unknown) => {
          demand(
            error instanceof Error && error.message.includes('would end 1 of 1'),
            String(error),
          )
        })
        for (const file of Object.keys(slot.manifest.files)) {
          demand(
            !path.relative(slot.dir, path.join(slot.dir, file)).startsWith('..'),
            `${file} leads out`,
          )
        }
        return true
      },
    },
    {
      name: 'slots-checksums',
      reads: 'checksums of a runtime, signed or not',
      covers: ['packages/fairlead/src/slots/checksums.ts'],
      samples: [text(SUMS), text(signed)],
      cost: 2,
      feed: async (input) => {
        const words = input.toString()
        const sums = await unlessRefused(['FL_SLOT_INVALID'], () => parseChecksums(words, 'x'))
        const opened = await unlessRefused(
          ['FL_BUNDLE_INVALID', 'FL_BUNDLE_SIGNATURE', 'FL_SLOT_INVALID'],
          () => openChecksums(words, publicKey, 'x'),
        )
        const isSigned = words.trimEnd() === signed.trimEnd()
        demand(opened === undefined || isSigned, 'checksums are accepted that nobody has signed')
        return sums !== undefined || opened !== undefined
      },
    },
  ]
}
