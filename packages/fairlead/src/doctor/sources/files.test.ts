import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Fact } from '../fact.ts'
import { FileReader } from '../file-reader.ts'
import { landmarksOf } from '../landmarks.ts'
import { type Packed, tarOf, zipOf } from './archive-fixture.ts'
import { filesSource } from './files.ts'
import type { Coverage } from './source.ts'

const HIT = 'it hangs'
const landmarks = landmarksOf([
  { symptoms: [{ source: 'kubelet-log', text: HIT, specificity: 'strong' }] },
])

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'fairlead-doctor-'))
})

afterEach(async () => {
  await rm(folder, { recursive: true })
})

async function read(given: string): Promise<{ facts: Fact[]; coverage: Coverage }> {
  const source = await filesSource(given, (file) => new FileReader(file, landmarks))
  const facts: Fact[] = []
  for await (const fact of source.facts(new AbortController().signal)) facts.push(fact)
  return { facts, coverage: source.coverage }
}

async function readBytes(name: string, bytes: Buffer) {
  const file = path.join(folder, name)
  await writeFile(file, bytes)
  return read(file)
}

const places = (facts: readonly Fact[]) =>
  facts.map(({ node, place }) => `${node ?? '?'} ${place.source}:${place.line}`)

const TALOS: readonly Packed[] = [
  { path: '10.5.0.2/service-logs/kubelet.log', content: `x\n${HIT}\n` },
  { path: '10.5.0.3/service-logs/cri.log', content: HIT },
  { path: '10.5.0.3/processes', content: 'PID' },
  { path: 'kubernetesResources/nodes.yaml', content: 'items:\n- metadata:\n    name: n1\n' },
]

test.each([
  ['support.zip', zipOf(TALOS)],
  ['support.tar', tarOf(TALOS)],
  ['support.tar.gz', gzipSync(tarOf(TALOS))],
  ['support.tar.zst', zstdCompressSync(tarOf(TALOS))],
])('%s is read without being unpacked, several nodes kept apart', async (name, bytes) => {
  const { facts, coverage } = await readBytes(name, bytes)
  expect(places(facts)).toEqual([
    '10.5.0.2 10.5.0.2/service-logs/kubelet.log:2',
    '10.5.0.3 10.5.0.3/service-logs/cri.log:1',
  ])
  expect(coverage).toMatchObject({ layout: 'talos-support', files: 4, problems: [] })
})

test('packed logs are read in a folder, and in an archive', async () => {
  await mkdir(path.join(folder, 'logs'))
  await writeFile(path.join(folder, 'logs/messages.1.gz'), gzipSync(`${HIT}\n`))
  const nested = gzipSync(tarOf([{ path: 'a/b.log.gz', content: gzipSync(HIT) }]))
  await writeFile(path.join(folder, 'nested.tgz'), nested)
  const { facts, coverage } = await read(folder)
  expect(places(facts)).toEqual(['? logs/messages.1:1', '? a/b.log:1'])
  expect(coverage.problems).toEqual([])
})

test('what is packed over and over is given up early, and told', async () => {
  let bytes = gzipSync(HIT)
  for (let layer = 0; layer < 200; layer += 1) bytes = gzipSync(bytes, { level: 0 })
  const { facts, coverage } = await readBytes('a.log.gz', bytes)
  expect(facts).toEqual([])
  expect(coverage.problems.map(({ what }) => what)).toEqual([
    'is packed in too many others; not read',
  ])
})

test.each([
  ['sosreport-n7-case1-2026-11-25-abcdefg/var/log/messages', 'sosreport', 'n7'],
  ['sosreport-n7.example.com-2026-11-25-abcdefg/var/log/messages', 'sosreport', 'n7.example.com'],
  ['cilium-sysdump-20261125-040021/logs-cilium-x.log', 'cilium-sysdump', undefined],
  [
    'support-bundle/cluster-resources/pods/logs/kube-system/m-1/m.log',
    'troubleshoot',
    'pod:kube-system/m-1',
  ],
  ['dump/kube-system/m-1/logs.txt', 'cluster-info-dump', 'pod:kube-system/m-1'],
  ['ipamd/ipamd.log', 'eks-logs', undefined],
  ['aks-pool1-12345678-vmss000001/kubelet.log', 'aks-logs', 'aks-pool1-12345678-vmss000001'],
  ['traces/containerd-2.0.1.boot.1.jsonl', 'lab-report', undefined],
])('the layout of %s is recognised', async (file, layout, node) => {
  const { facts, coverage } = await readBytes('b.tar', tarOf([{ path: file, content: HIT }]))
  expect(coverage.layout).toBe(layout)
  expect(facts.map((fact) => fact.node)).toEqual([node])
})

test("the name of an EKS node's archive tells the node", async () => {
  const bytes = gzipSync(tarOf([{ path: 'kubelet/kubelet.log', content: HIT }]))
  const { facts } = await readBytes('eks_i-0abc12_2026-11-25_0400-UTC_0.7.8.tar.gz', bytes)
  expect(facts[0]?.node).toBe('i-0abc12')
})

test('a path that leads out of the archive, links and devices cost only themselves', async () => {
  const files: readonly Packed[] = [
    { path: '../../etc/passwd', content: HIT },
    { path: 'link', content: '', type: '2' },
    { path: 'good.log', content: HIT },
  ]
  const zip = await readBytes('a.zip', zipOf(files))
  const tar = await readBytes('a.tar', tarOf([...files, { path: 'null', content: '', type: '3' }]))
  for (const { facts, coverage } of [zip, tar]) {
    expect(places(facts)).toEqual(['? good.log:1'])
    expect(coverage.problems.slice(0, 2)).toEqual([
      { source: '../../etc/passwd', what: 'its path leads out of the bundle; not read' },
      { source: 'link', what: 'is a link, which is not followed' },
    ])
  }
  expect(tar.coverage.problems[2]).toEqual({ source: 'null', what: 'is a device' })
})

test('links, pipes and devices of a folder are not opened', async () => {
  await symlink('/etc/passwd', path.join(folder, 'passwd'))
  execFileSync('mkfifo', [path.join(folder, 'pipe')])
  const { coverage } = await read(folder)
  expect(coverage.problems.map(({ source }) => source)).toEqual(['passwd', 'pipe'])
})

test('an archive that ends early tells what it still has', async () => {
  const whole = tarOf([
    { path: 'a.log', content: HIT },
    { path: 'b.log', content: `${HIT}\n${'x'.repeat(5000)}` },
  ])
  const cut = await readBytes('a.tar', whole.subarray(0, 512 * 4))
  expect(places(cut.facts)).toEqual(['? a.log:1', '? b.log:1'])
  expect(cut.coverage.problems).toEqual([
    { source: 'b.log', what: 'the archive ends in the middle of this file' },
  ])
  const packed = gzipSync(`${HIT}\n${'y'.repeat(100_000)}`)
  const gz = await readBytes('a.log.gz', packed.subarray(0, -20))
  expect(places(gz.facts)).toEqual(['? a.log:1'])
  expect(gz.coverage.problems).toHaveLength(1)
})

test('what is no archive although its name says so is read as text', async () => {
  const { facts } = await readBytes('a.zip', Buffer.from(HIT))
  expect(facts).toHaveLength(1)
  const broken = await readBytes('b.zip', Buffer.from(`PK\u0003\u0004${HIT}`))
  expect(broken.coverage.problems).toHaveLength(1)
})

test('xz is refused with what to do', async () => {
  const xz = Buffer.concat([Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]), Buffer.alloc(600)])
  const { coverage } = await readBytes('sos.tar.xz', xz)
  expect(coverage.problems[0]?.what).toContain('xz -d')
})

test('a file that is mostly a hole is read to a limit', async () => {
  const file = path.join(folder, 'sparse.log')
  await writeFile(file, `${HIT}\n`)
  await truncate(file, 100 * 1024 ** 3)
  const { facts, coverage } = await read(file)
  expect(facts).toHaveLength(1)
  expect(coverage.bytes).toBeLessThan(100e6)
  expect(coverage.problems[0]?.what).toContain('mostly a hole')
})

test('names with commands for a terminal are shown without them', async () => {
  const bytes = tarOf([{ path: '\u001b[2Jevil\u0007.log', content: HIT }])
  const { facts } = await readBytes('a.tar', bytes)
  expect(facts[0]?.place.source).toBe('evil\u{fffd}.log')
})

test('a long name is that of the pax header', async () => {
  const name = `${'long/'.repeat(40)}a.log`
  const { facts } = await readBytes('a.tar', tarOf([{ path: name, content: HIT }]))
  expect(facts[0]?.place.source).toBe(name)
})

test('a source that is not there is refused in a sentence', async () => {
  await expect(read(path.join(folder, 'none'))).rejects.toThrow(/There is no file or folder .*none/)
})
