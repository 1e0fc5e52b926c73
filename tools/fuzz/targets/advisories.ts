import { generateKeyPairSync } from 'node:crypto'
import { mkdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { readAdvisory } from '../../../packages/fairlead/src/advisories/advisory-files.ts'
import { openBundle, signBundle } from '../../../packages/fairlead/src/advisories/bundle.ts'
import {
  impliedBy,
  readDistributions,
} from '../../../packages/fairlead/src/advisories/distributions.ts'
import { exposureOf } from '../../../packages/fairlead/src/advisories/exposure.ts'
import { readUpgradeRules } from '../../../packages/fairlead/src/advisories/upgrade-rules.ts'
import { landmarksOf } from '../../../packages/fairlead/src/doctor/landmarks.ts'
import { scratchDir, scratchFile } from '../scratch.ts'
import { demand, type FuzzTarget, text, unlessRefused, yaml } from '../target.ts'

const DIR = fileURLToPath(new URL('../../../advisories/', import.meta.url))
const ID = 'containerd-go-cni-recursive-rlock-deadlock'
const INVENTORY = new Map([
  ['containerd', '2.0.1'],
  ['k3s', 'v1.31.2+k3s1'],
] as const)

const shipped = (name: string) => yaml(readFileSync(path.join(DIR, name), 'utf8'))

export async function advisoryTargets(): Promise<readonly FuzzTarget[]> {
  const distributions = await readDistributions()
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const content = { sequence: 7, created: '2025-11-25T04:00:21Z', files: { 'a.yaml': 'id: a\n' } }
  const bundle = signBundle(content, privateKey)

  return [
    {
      name: 'advisory',
      reads: 'advisories: those of users, and those that were fetched',
      covers: [
        'packages/fairlead/src/advisories/advisory-files.ts',
        'packages/fairlead/src/advisories/version.ts',
        'packages/fairlead/src/data-file.ts',
      ],
      samples: [shipped(`${ID}.yaml`), text(readFileSync(path.join(DIR, `${ID}.yaml`)))],
      cost: 16,
      feed: async (input) => {
        const file = scratchFile(`${ID}.yaml`, input)
        const read = await unlessRefused(['FL_ADVISORY_INVALID', 'FL_ADVISORY_UNKNOWN'], () =>
          readAdvisory(file),
        )
        if (read === undefined) return false
        exposureOf(read, INVENTORY)
        landmarksOf([read])
        return true
      },
    },
    {
      name: 'advisory-rules',
      reads: 'rules of distributions and of upgrades, as above',
      covers: [
        'packages/fairlead/src/advisories/distributions.ts',
        'packages/fairlead/src/advisories/rule-file.ts',
        'packages/fairlead/src/advisories/upgrade-rules.ts',
      ],
      samples: [shipped('rules/distributions.yaml'), shipped('rules/upgrades.yaml')],
      cost: 64,
      feed: async (input) => {
        mkdirSync(path.join(scratchDir(), 'rules'), { recursive: true })
        scratchFile('rules/distributions.yaml', input)
        scratchFile('rules/upgrades.yaml', input)
        const codes = ['FL_ADVISORY_INVALID', 'FL_ADVISORY_UNKNOWN'] as const
        const rules = await unlessRefused(codes, () => readUpgradeRules(scratchDir()))
        const read = await unlessRefused(codes, () => readDistributions(scratchDir()))
        impliedBy(INVENTORY, read ?? distributions)
        return rules !== undefined || read !== undefined
      },
    },
    {
      name: 'advisory-bundle',
      reads: 'signed bundles of advisories, from wherever they are served',
      covers: [
        'packages/fairlead/src/advisories/bundle.ts',
        'packages/fairlead/src/signed-text.ts',
      ],
      samples: [text(bundle)],
      cost: 2,
      feed: async (input) => {
        const opened = await unlessRefused(['FL_BUNDLE_INVALID', 'FL_BUNDLE_SIGNATURE'], () =>
          openBundle(input.toString(), publicKey, 'x'),
        )
        const isSame = JSON.stringify(opened) === JSON.stringify(content)
        demand(opened === undefined || isSame, 'a text is accepted that nobody has signed')
        return opened !== undefined
      },
    },
  ]
}
