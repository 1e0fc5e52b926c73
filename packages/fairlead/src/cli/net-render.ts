import type { AddReport } from '../net/add.ts'
import type { NetworkGc } from '../net/gc.ts'
import type { ListedAttachment, ListReport } from '../net/list.ts'
import type { Validated } from '../net/validate.ts'
import type { CliContext } from './context.ts'
import { paint } from './paint.ts'
import { table } from './table.ts'

/** JSON as it is printed. */
export function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`
}

/** The attachments that an ADD made. */
export function addTable({ attachments, netns, containerId, created }: AddReport): string {
  const rows = attachments.map(({ network, ifName, result }) => {
    const { interfaces, ips, routes } = result
    const own = interfaces.find(({ name, sandbox }) => name === ifName && sandbox !== undefined)
    return [
      network,
      ifName,
      listed(ips.map(({ address }) => address)),
      listed(ips.flatMap(({ gateway }) => gateway ?? [])),
      listed(routes.map(({ dst, gw }) => (gw === undefined ? dst : `${dst} via ${gw}`))),
      own?.mac ?? '-',
      listed(interfaces.flatMap(({ name, sandbox }) => (sandbox === undefined ? [name] : []))),
    ]
  })
  const heading = ['NETWORK', 'INTERFACE', 'ADDRESS', 'GATEWAY', 'ROUTES', 'MAC', 'ON THE HOST']
  const made = created ? ', which was made' : ''
  return `${table(heading, rows)}\nNamespace ${netns}${made}; container id ${containerId}.\n`
}

/** The conf dir and the cache. */
export function listTables(report: ListReport, context: CliContext): string {
  const { confDir, networks, cacheDir, attachments, damaged } = report
  const { stdout } = context.process
  const files = networks.map((network) => {
    const file = fileName(network.file)
    if ('error' in network) {
      return [
        file,
        '-',
        '-',
        paint(context, stdout, 'red', network.error.message.replace(`${network.file}:`, '')),
      ]
    }
    const { name, cniVersion, plugins, shadowedBy } = network
    const not =
      shadowedBy === undefined ? '' : ` (not used: the name is that of ${fileName(shadowedBy)})`
    return [file, name, cniVersion, plugins.join(', ') + paint(context, stdout, 'yellow', not)]
  })
  return (
    (files.length === 0
      ? `No networks in ${confDir}.\n`
      : `Networks in ${confDir}, in load order:\n${table(['FILE', 'NETWORK', 'VERSION', 'PLUGINS'], files)}`) +
    (attachments.length === 0
      ? `\nNo attachments in ${cacheDir}.\n`
      : `\nAttachments in ${cacheDir}:\n${attachmentTable(attachments, context)}`) +
    damaged
      .map(({ problem }) => `${paint(context, stdout, 'red', 'damaged:')} ${problem}\n`)
      .join('')
  )
}

function attachmentTable(attachments: readonly ListedAttachment[], context: CliContext): string {
  const { stdout } = context.process
  const rows = attachments.map(
    ({ network, ifName, addresses, ageMs, netns, namespace, containerId }) => [
      network,
      ifName,
      listed(addresses),
      age(ageMs),
      namespace === 'gone' ? paint(context, stdout, 'yellow', namespace) : namespace,
      netns === '' ? '-' : netns,
      containerId,
    ],
  )
  return table(['NETWORK', 'INTERFACE', 'ADDRESS', 'AGE', 'NAMESPACE', 'PATH', 'CONTAINER'], rows)
}

/** A length of time in its greatest unit, e.g. `3 min`. */
export function age(ms: number): string {
  const seconds = Math.floor(ms / 1000)
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h`
  return `${Math.floor(seconds / 86_400)} d`
}

function listed(texts: readonly string[]): string {
  return texts.length === 0 ? '-' : texts.join(', ')
}

/** The last part of a path. */
export function fileName(file: string): string {
  return file.slice(file.lastIndexOf('/') + 1)
}

/** What an operation came to: `failed` in red, anything else in green. */
export function verdict(word: string, context: CliContext): string {
  return paint(context, context.process.stdout, word === 'failed' ? 'red' : 'green', word)
}

/** What was, or would be, collected. */
export function gcTables(
  networks: readonly NetworkGc[],
  isDryRun: boolean,
  context: CliContext,
): string {
  const stale = networks.flatMap((network) =>
    network.stale.map((attachment) => {
      const fate = fateOf(network, attachment.deleted, isDryRun)
      const { ifName, addresses, ageMs, netns } = attachment
      const paintedFate = fate === 'failed' ? verdict(fate, context) : fate
      return [network.network, ifName, listed(addresses), age(ageMs), netns, paintedFate]
    }),
  )
  const heading = ['NETWORK', 'INTERFACE', 'ADDRESS', 'AGE', 'NAMESPACE (GONE)', 'GC']
  const perNetwork = networks.map(({ network, valid, plugins }) => [
    fileName(network),
    String(valid),
    (isDryRun ? PLANS : PLUGINS)[plugins],
  ])
  const kept = networks.flatMap(({ network, reservations }) =>
    reservations.map(({ address, containerId, ageMs, state, reason }) => {
      const word = state === 'left' ? (isDryRun ? 'would be released' : 'failed') : state
      const fate = word === 'failed' ? verdict(word, context) : word
      const why = reason === undefined ? '' : `: ${reason}`
      return [network, address, age(ageMs), containerId, `${fate}${why}`]
    }),
  )
  return (
    (stale.length === 0 ? '' : `${table(heading, stale)}\n`) +
    (kept.length === 0 ? '' : `${table(KEPT_HEADING, kept)}\n`) +
    table(['NETWORK', 'VALID ATTACHMENTS', 'PLUGINS'], perNetwork)
  )
}

const KEPT_HEADING = ['NETWORK', 'ADDRESS', 'AGE', 'CONTAINER (NOT IN THE CACHE)', 'GC']

function fateOf({ plugins }: NetworkGc, isDeleted: boolean, isDryRun: boolean): string {
  if (isDeleted) return 'deleted'
  if (plugins === 'disabled') return 'kept (disableGC)'
  return isDryRun ? 'would be deleted' : 'failed'
}

const PLUGINS: Readonly<Record<NetworkGc['plugins'], string>> = {
  collected: 'GC was run',
  disabled: 'no GC: disabled by disableGC',
  'not-supported': 'no GC: older than 1.1.0',
  'not-configured': 'no GC: not in the conf dir',
  'not-run': 'no GC: see the error',
}
const PLANS: Readonly<Record<NetworkGc['plugins'], string>> = {
  ...PLUGINS,
  collected: 'GC would be run',
}

/** Findings as a compiler prints them, and one line for each network without. */
export function validationLines(networks: readonly Validated[], context: CliContext): string {
  const { stdout } = context.process
  const lines = networks.flatMap(({ target, network, cniVersion, plugins, findings }) => {
    if (findings.length === 0) {
      const what = target === network ? target : `${target}: ${network ?? ''}`
      const chain = `${cniVersion ?? ''}, ${(plugins ?? []).join(', ')}`
      return [`${paint(context, stdout, 'green', 'ok')}     ${what} (${chain})`]
    }
    return findings.flatMap(({ keyPath, message, hint }) => {
      const place = keyPath === undefined ? '' : `${target}: ${keyPath}: `
      const indented = hint === undefined ? [] : [`       ${hint}`]
      return [`${paint(context, stdout, 'red', 'wrong')}  ${place}${message}`, ...indented]
    })
  })
  const count = networks.flatMap(({ findings }) => findings).length
  const sum = `${networks.length} validated, ${count === 0 ? 'nothing' : count} wrong.`
  return `${lines.join('\n')}\n\n${sum}\n`
}
