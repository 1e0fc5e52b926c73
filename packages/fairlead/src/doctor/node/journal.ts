import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { systemCodeOf } from '../../errors.ts'
import type { Fact } from '../fact.ts'
import type { FactReader } from '../fact-reader.ts'

/** Units that runtimes and kubelets have, by distribution. */
const UNITS = [
  'containerd',
  'crio',
  'docker',
  'cri-docker',
  'kubelet',
  'k3s',
  'k3s-agent',
  'rke2-server',
  'rke2-agent',
  'snap.microk8s.daemon-containerd',
  'snap.microk8s.daemon-kubelite',
].map((name) => `${name}.service`)

const SINCE = '-2h'
const MOST_LINES = 200_000

/** What became of the journal: undefined where all of it was read. */
export type JournalProblem = string | undefined

/**
 * Reads what the runtime, the kubelet, the kernel and systemd of this boot have logged in the last two hours.
 * Ends early, with what it has read, when the signal is aborted.
 */
export async function readJournal(
  reader: FactReader,
  facts: Fact[],
  signal: AbortSignal,
  command = 'journalctl',
): Promise<JournalProblem> {
  const matches = [
    ...UNITS.map((unit) => `_SYSTEMD_UNIT=${unit}`),
    '+',
    ...UNITS.map((unit) => `UNIT=${unit}`),
    '_PID=1',
    '+',
    '_TRANSPORT=kernel',
  ]
  const journalctl = spawn(
    command,
    // prettier-ignore
    ['--no-pager', '--quiet', '--boot', '--since', SINCE, '--lines', `${MOST_LINES}`, '--output', 'export', ...matches],
    { stdio: ['ignore', 'pipe', 'ignore'], signal, killSignal: 'SIGKILL' },
  )
  const ended = once(journalctl, 'close')
  // `once` rejects with it; until then nobody else may listen.
  ended.catch(() => undefined)
  try {
    for await (const chunk of journalctl.stdout as AsyncIterable<Buffer>) {
      facts.push(...reader.push(chunk))
    }
    const [code] = (await ended) as [number | null]
    return code === 0 ? undefined : `journalctl ended with ${code}`
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return 'there is none on this machine'
    if (signal.aborted) return 'took too long, so that only its beginning was read'
    throw error
  } finally {
    facts.push(...reader.end())
  }
}
