import { parseStep } from '../../../packages/fairlead/src/advisories/inventory.ts'
import { compareVersions, parseVersion } from '../../../packages/fairlead/src/advisories/version.ts'
import {
  confidenceOf,
  durationMs as durationFlag,
  shardOf,
} from '../../../packages/fairlead/src/cli/flags.ts'
import { redacted } from '../../../packages/fairlead/src/doctor/redact.ts'
import { versionsIn } from '../../../packages/fairlead/src/doctor/versions.ts'
import { durationMs, durationText } from '../../../packages/fairlead/src/duration.ts'
import { formatReplay, parseReplay } from '../../../packages/fairlead/src/explore/replay-string.ts'
import { parseBoot } from '../../../packages/fairlead/src/explore/settings.ts'
import { parseContainerdVersion } from '../../../packages/fairlead/src/lab/runtimes/containerd-version.ts'
import { parseCrioVersion } from '../../../packages/fairlead/src/lab/runtimes/inspect-crio.ts'
import { parseRuntimeName } from '../../../packages/fairlead/src/lab/runtimes/runtime-name.ts'
import { parsePredictedRuntime } from '../../../packages/fairlead/src/lint/runtime.ts'
import { printable, safeText } from '../../../packages/fairlead/src/safe-text.ts'
import { countOf, share } from '../../../packages/fairlead/src/upgrade/quantity.ts'
import { faultOf, natureOf } from '../../../packages/fairlead/src/upgrade/simulate/settings.ts'
import { windowSchema } from '../../../packages/fairlead/src/upgrade/windows.ts'
import { demand, type FuzzTarget, text, unlessRefused } from '../target.ts'

/** What a text is to all that reads words: each says what it is, or refuses by its code. */
async function feedWords(input: Buffer): Promise<boolean> {
  const words = input.toString()
  const replay = await unlessRefused(['FL_REPLAY_INVALID', 'FL_SUBJECT_UNKNOWN'], () =>
    parseReplay(words),
  )
  if (replay !== undefined) {
    const again = formatReplay(replay)
    demand(formatReplay(parseReplay(again)) === again, `no way back from ${again}`)
  }
  const version = parseVersion(words)
  if (version !== undefined) demand(compareVersions(version, version) === 0, 'not its own equal')
  const read = await Promise.all([
    unlessRefused(['FL_USAGE'], () => parseStep(words)),
    unlessRefused(['FL_USAGE'], () => faultOf(words)),
    unlessRefused(['FL_USAGE'], () => natureOf(words)),
    unlessRefused(['FL_USAGE'], () => shardOf(words)),
    unlessRefused(['FL_USAGE'], () => confidenceOf(words)),
    unlessRefused(['FL_USAGE'], () => durationFlag(words)),
    unlessRefused(['FL_RUNTIME_NAME'], () => parseRuntimeName(words)),
    unlessRefused(['FL_RUNTIME_NAME'], () => parsePredictedRuntime(words)),
  ])
  for (const { data } of [durationMs.safeParse(words), durationText.safeParse(words)]) {
    demand(data === undefined || data >= 0, 'a length of time below zero')
  }
  const { data } = share.safeParse(words)
  if (data !== undefined) demand(Number.isInteger(countOf(data, 7)), 'half a node')
  windowSchema.safeParse({ start: words, end: words, timeZone: words })
  parseBoot(words)
  parseContainerdVersion(words)
  parseCrioVersion(words)
  return version !== undefined || replay !== undefined || read.some((each) => each !== undefined)
}

/** Whatever a text is, what is printed of it is no command for a terminal, and holds no secret that was found. */
function feedText(input: Buffer): boolean {
  const words = input.toString()
  const safe = safeText(words)
  demand(printable(safe) === safe, 'a text that is not printable')
  demand(safeText(safe).length <= safe.length + 100, 'masked again and again it grows')
  versionsIn(words, 'containerd-log')
  const problems = [{ source: safe, what: safe }]
  const source = { name: safe, layout: 'file', files: 1, bytes: 1, problems }
  redacted({
    kind: 'fairlead.doctor',
    version: 1,
    language: 'en',
    advisories: 0,
    sources: [source],
    nodes: [],
  })
  return safe.includes('[secret]')
}

export function wordTargets(): readonly FuzzTarget[] {
  return [
    {
      name: 'words',
      reads: 'flags, versions, lengths of time, shares, windows, replay strings, names of runtimes',
      covers: [
        'packages/fairlead/src/advisories/inventory.ts',
        'packages/fairlead/src/cli/flags.ts',
        'packages/fairlead/src/explore/replay-string.ts',
        'packages/fairlead/src/explore/schedule.ts',
        'packages/fairlead/src/explore/settings.ts',
        'packages/fairlead/src/lab/runtimes/containerd-version.ts',
        'packages/fairlead/src/lab/runtimes/inspect-crio.ts',
        'packages/fairlead/src/lab/runtimes/runtime-name.ts',
        'packages/fairlead/src/lint/runtime.ts',
        'packages/fairlead/src/upgrade/quantity.ts',
        'packages/fairlead/src/upgrade/simulate/settings.ts',
      ],
      samples: [
        'x1:go-cni@1.1.12:pods=2,plugin=hang:0.1-2.1',
        'containerd=2.0.1:2.3.4',
        'v1.31.2+k3s1',
        '1.6.20~ds1-1+deb12u1',
        '2.0.0-rc.4',
        'rate=30%,shows-after=45s..2m',
        'boot=20s..90s,flaps=0.01',
        '300ms',
        '1.5h',
        '10%',
        '22:00',
        'Europe/Berlin',
        '2/5',
        'containerd@2.0.1',
        'crio=/usr/bin/crio',
        'containerd github.com/containerd/containerd v2.0.1 c8ef4',
        'crio version 1.32.1',
      ].map((word) => text(word)),
      feed: feedWords,
    },
    {
      name: 'texts',
      reads: 'every text of others that is printed: escapes, secrets, names of nodes and hosts',
      covers: ['packages/fairlead/src/safe-text.ts', 'packages/fairlead/src/doctor/redact.ts'],
      samples: [
        'token: eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl',
        'postgres://user:secretpassword@db.example.com:5432 Bearer abcdefghijkl',
        '-----BEGIN RSA PRIVATE KEY-----\nMIIE',
        'pod="shop/web-0" node="worker-1.example.internal" 10.0.0.1 fe80::1:2 00:11:22:33:44:55',
        'Name:web,Uid:123,Namespace:shop, /home/alice/x a@b.example.com',
        '\u001b[31mred\u001b]0;title\u0007\u202Etext',
      ].map((sample) => text(sample)),
      cost: 2,
      feed: feedText,
    },
  ]
}
