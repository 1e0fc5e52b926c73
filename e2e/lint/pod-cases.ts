import { type BinaryContent, type Content, list, plugin, single } from './case.ts'

/** A conf dir and programs, and a pod that is to start with them. */
export interface PodCase {
  readonly title: string
  readonly files: Readonly<Record<string, Content>>
  readonly binaries: Readonly<Record<string, BinaryContent>>
}

const good = { '10-a.conflist': list('a') }
const bad = { '10-a.conflist': list('a', { plugins: [{ type: 'bad' }] }) }
/** The head of a program for a machine by its number in elf.h. */
const elf = (machine: number) => {
  const bytes = Buffer.alloc(64)
  bytes.write('\u007fELF', 'latin1')
  bytes.set([2, 1, 1], 4)
  bytes.writeUInt16LE(2, 16)
  bytes.writeUInt16LE(machine, 18)
  return bytes
}
const foreign = process.arch === 'arm64' ? 62 : 183

/** Where a pod can start, and where it cannot. */
export const POD_CASES: readonly PodCase[] = [
  { title: 'all is well', files: good, binaries: {} },
  ...['0.3.1', '1.0.0', '1.1.0', '9.9.9', 'v1.0.0'].map((cniVersion) => ({
    title: `cniVersion ${cniVersion}`,
    files: { '10-a.conflist': list('a', { cniVersion }) },
    binaries: {},
  })),
  {
    title: 'no plugin',
    files: { '10-a.conflist': list('a', { plugins: [{ type: 'nowhere' }] }) },
    binaries: {},
  },
  {
    title: 'a second plugin that is missing',
    files: { '10-a.conflist': list('a', { plugins: [plugin, { type: 'nowhere' }] }) },
    binaries: {},
  },
  { title: 'a plugin that may not be executed', files: bad, binaries: { bad: { mode: 0o644 } } },
  {
    title: 'a plugin that only its group may execute',
    files: bad,
    binaries: { bad: { mode: 0o610 } },
  },
  { title: 'a plugin that is empty', files: bad, binaries: { bad: { bytes: Buffer.alloc(0) } } },
  {
    title: 'a plugin that is text',
    files: bad,
    binaries: { bad: { bytes: Buffer.from('hello there, this is text') } },
  },
  { title: 'a plugin of another machine', files: bad, binaries: { bad: { bytes: elf(foreign) } } },
  { title: 'no loopback', files: good, binaries: { loopback: 'none' } },
  {
    title: 'a loopback that may not be executed',
    files: good,
    binaries: { loopback: { mode: 0o644 } },
  },
  { title: 'a name that cannot be one', files: { '10-a.conflist': list('a b/!') }, binaries: {} },
  { title: 'no name', files: { '10-a.conf': single({ name: undefined }) }, binaries: {} },
  {
    title: 'a folder with plugins',
    files: { '10-a.conflist': list('a'), 'a/1.conf': { json: { type: 'nowhere' } } },
    binaries: {},
  },
]
