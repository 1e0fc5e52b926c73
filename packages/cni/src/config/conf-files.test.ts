import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { confFileNames, listConfFiles, loadNetworkConfigList, readConfFile } from './conf-files.ts'
import { parseNetworkConfigList } from './network-config.ts'

let dir: string

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'cni-conf-'))
})

afterEach(async () => {
  await rm(dir, { recursive: true })
})

async function files(contents: Readonly<Record<string, unknown>>): Promise<void> {
  for (const [name, content] of Object.entries(contents)) {
    const file = path.join(dir, name)
    await mkdir(path.dirname(file), { recursive: true })
    await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content))
  }
}

const list = (name: string, ...types: string[]) => ({
  name,
  cniVersion: '1.0.0',
  plugins: types.map((type) => ({ type })),
})

async function types(file: string): Promise<readonly string[] | string> {
  const read = await readConfFile(path.join(dir, file))
  return read.ok ? read.value.plugins.map(({ type }) => type) : read.error.code
}

test('files are read by the bytes of their names; dot files count, other extensions do not', () => {
  expect(
    confFileNames([
      'a.conf',
      '\u{1F600}.conf',
      'B.conf',
      '\uFF5E.conf',
      '.x.json',
      'y.conflist',
      'z.conf.bak',
    ]),
  ).toEqual(['.x.json', 'B.conf', 'a.conf', 'y.conflist', '\uFF5E.conf', '\u{1F600}.conf'])
})

test('a folder has its files and links, without the folders; one that is not there has none', async () => {
  await files({ 'b.conf': '', 'sub.conf/x.conf': '' })
  await symlink('nowhere', path.join(dir, 'a.conf'))
  expect(await listConfFiles(dir)).toEqual({
    ok: true,
    value: [path.join(dir, 'a.conf'), path.join(dir, 'b.conf')],
  })
  expect(await listConfFiles(path.join(dir, 'none'))).toEqual({ ok: true, value: [] })
  expect(await listConfFiles(path.join(dir, 'b.conf'))).toMatchObject({
    error: { code: 'FL_CNI_CONFIG_READ' },
  })
})

test('the plugins of the folder beside a list are added, in order', async () => {
  await files({
    'n.conflist': list('n', 'a'),
    'n/2.conf': { type: 'c' },
    'n/1.conf': { type: 'b' },
    'n/3.json': { type: 'ignored' },
  })
  expect(await types('n.conflist')).toEqual(['a', 'b', 'c'])
})

test('a list may have its plugins in the folder only', async () => {
  await files({ 'n.conflist': { name: 'n', cniVersion: '1.0.0' }, 'n/1.conf': { type: 'a' } })
  expect(await types('n.conflist')).toEqual(['a'])
})

test('a list that wants only its own plugins has only these', async () => {
  await files({
    'n.conflist': { ...list('n', 'a'), loadOnlyInlinedPlugins: true },
    'n/1.conf': '{',
  })
  expect(await types('n.conflist')).toEqual(['a'])
})

test('a list with added plugins is whole in its own text, which the cache keeps', async () => {
  await files({
    'n.conflist': { ...list('n', 'a'), disableGC: true },
    'n/1.conf': '{"type":"b","big":12345678901234567890}',
  })
  const read = await readConfFile(path.join(dir, 'n.conflist'))
  const again = read.ok ? parseNetworkConfigList(read.value.json) : read
  expect(again).toMatchObject({
    ok: true,
    value: {
      disableGC: true,
      loadOnlyInlinedPlugins: true,
      plugins: [{ type: 'a' }, { type: 'b', json: '{"type":"b","big":12345678901234567890}' }],
    },
  })
})

test.each([
  ['no plugins', { name: 'n', cniVersion: '1.0.0' }, 'FL_CNI_CONFIG_INVALID'],
  ['half a file', '{"name":"n"', 'FL_CNI_CONFIG_INVALID'],
  ['nothing', '', 'FL_CNI_CONFIG_INVALID'],
  [
    'a name that leads elsewhere',
    { name: '../n', plugins: [{ type: 'a' }] },
    'FL_CNI_CONFIG_INVALID',
  ],
])('a list with %s is refused', async (_, content, code) => {
  await files({ 'n.conflist': content })
  expect(await types('n.conflist')).toBe(code)
})

test('a broken plugin of the folder is named', async () => {
  await files({ 'n.conflist': list('n', 'a'), 'n/1.conf': '{"type":}' })
  const read = await readConfFile(path.join(dir, 'n.conflist'))
  expect(read.ok ? '' : read.error.message).toBe(
    `${path.join(dir, 'n/1.conf')}:1:9: not JSON: expected a value, found "}"`,
  )
})

test('a file that is not UTF-8, is a dangling link or a folder is told so', async () => {
  await writeFile(path.join(dir, 'a.conf'), Buffer.from([0x7b, 0xff]))
  await symlink('nowhere', path.join(dir, 'b.conf'))
  await symlink('.', path.join(dir, 'c.conf'))
  expect(await types('a.conf')).toBe('FL_CNI_CONFIG_INVALID')
  expect(await types('b.conf')).toBe('FL_CNI_CONFIG_READ')
  expect(await types('c.conf')).toBe('FL_CNI_CONFIG_READ')
})

test('a network is found by its name: lists before single plugins, the first of a name wins', async () => {
  await files({
    '00-x.conf': { name: 'n', cniVersion: '0.4.0', type: 'single' },
    '10-b.conflist': list('n', 'second'),
    '05-a.conflist': list('n', 'first'),
    '20-y.json': { name: 'm', cniVersion: '0.4.0', type: 'json' },
    '01-nameless.conf': { type: 'nameless' },
  })
  const found = async (name: string) => {
    const network = await loadNetworkConfigList(dir, name)
    return network.ok ? network.value.plugins[0]?.type : network.error.code
  }
  expect(await found('n')).toBe('first')
  expect(await found('m')).toBe('json')
  expect(await found('x')).toBe('FL_CNI_NETWORK_UNKNOWN')
})

test('a broken file before the one that is looked for fails the search, as in libcni', async () => {
  await files({ '00-a.conflist': '{', '10-n.conflist': list('n', 'a') })
  expect(await loadNetworkConfigList(dir, 'n')).toMatchObject({
    error: { code: 'FL_CNI_CONFIG_INVALID', place: { file: path.join(dir, '00-a.conflist') } },
  })
})
