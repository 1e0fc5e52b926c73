import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { clusterAccess } from './find-cluster.ts'

const signal = new AbortController().signal
let dir: string

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'fairlead-kubeconfig-'))
})
afterEach(async () => {
  await rm(dir, { recursive: true })
})

test('a context names its cluster, whom to trust and who one is', async () => {
  const kubeconfig = await config({
    cluster: { 'certificate-authority-data': base64('CA'), 'tls-server-name': 'kubernetes' },
    user: { 'client-certificate-data': base64('CERT'), 'client-key-data': base64('KEY') },
  })
  const access = await clusterAccess({ kubeconfig }, {})
  expect(access).toMatchObject({ server: 'https://a:6443', ca: 'CA', tlsServerName: 'kubernetes' })
  expect(await access.credentials({ refused: false, signal })).toEqual({ cert: 'CERT', key: 'KEY' })
})

test('files are relative to the kubeconfig and read again each time', async () => {
  await writeFile(path.join(dir, 'ca.crt'), 'CA')
  await writeFile(path.join(dir, 'token'), 'one\n')
  const kubeconfig = await config({
    cluster: { 'certificate-authority': 'ca.crt' },
    user: { tokenFile: 'token' },
  })
  const { ca, credentials } = await clusterAccess({}, { KUBECONFIG: kubeconfig })
  expect(ca).toBe('CA')
  expect(await credentials({ refused: false, signal })).toEqual({ token: 'one' })
  await writeFile(path.join(dir, 'token'), 'two\n')
  expect(await credentials({ refused: false, signal })).toEqual({ token: 'two' })
})

test('of several kubeconfigs the first that names something counts', async () => {
  const first = await config({ user: { token: 'first' } }, 'first')
  const second = await config({ user: { token: 'second' } }, 'second', 'other')
  const KUBECONFIG = `${first}:${second}`
  const token = async (context?: string) => {
    const access = await clusterAccess(context === undefined ? {} : { context }, { KUBECONFIG })
    return (await access.credentials({ refused: false, signal })).token
  }
  expect(await token()).toBe('first')
  expect(await token('other')).toBe('second')
})

test.each(['a', 'localhost:8080', 'file:///etc/passwd', '//x'])(
  'the server %s, which is no address of HTTP, is refused by its name',
  async (server) => {
    const kubeconfig = await config({ cluster: { server }, user: {} })
    await expect(clusterAccess({ kubeconfig }, {})).rejects.toMatchObject({
      code: 'FL_KUBECONFIG',
      message: expect.stringContaining(server),
    })
  },
)

test('a program is asked for a token, and again when it has expired or was refused', async () => {
  const program = path.join(dir, 'plugin')
  await writeFile(program, PLUGIN, { mode: 0o755 })
  const kubeconfig = await config({
    user: {
      exec: {
        apiVersion: 'client.authentication.k8s.io/v1',
        command: './plugin',
        args: ['2099-01-01T00:00:00Z'],
        env: [{ name: 'COUNT', value: path.join(dir, 'count') }],
      },
    },
  })
  const { credentials } = await clusterAccess({ kubeconfig }, { PATH: process.env['PATH'] })
  const token = async (refused: boolean) => (await credentials({ refused, signal })).token
  expect(await token(false)).toBe('client.authentication.k8s.io/v1 1')
  expect(await token(false)).toBe('client.authentication.k8s.io/v1 1')
  expect(await token(true)).toBe('client.authentication.k8s.io/v1 2')
})

test('a program that fails is told, with the hint that the file has for it', async () => {
  const kubeconfig = await config({
    user: {
      exec: {
        apiVersion: 'client.authentication.k8s.io/v1',
        command: 'no-such-program',
        installHint: 'Install no-such-program.',
      },
    },
  })
  const { credentials } = await clusterAccess({ kubeconfig }, {})
  await expect(credentials({ refused: false, signal })).rejects.toMatchObject({
    code: 'FL_KUBECONFIG',
    message: expect.stringContaining('no-such-program'),
    hint: 'Install no-such-program.',
  })
})

test.each([
  ['no file', 'clusters: [', 'is no kubeconfig'],
  ['a cluster without a server', { clusters: [{ name: 'a', cluster: {} }] }, 'server'],
  ['no current context', { contexts: null }, 'no context is the current one'],
  ['a context that is not there', { 'current-context': 'x' }, 'there is no context x'],
])('a kubeconfig with %s is refused', async (_, content, problem) => {
  const file = path.join(dir, 'config')
  await writeFile(file, typeof content === 'string' ? content : stringify(content))
  await expect(clusterAccess({ kubeconfig: file }, {})).rejects.toMatchObject({
    code: 'FL_KUBECONFIG',
    exitCode: 2,
    message: expect.stringContaining(problem),
  })
})

test.each([
  ['a password', { username: 'me' }],
  ['auth-provider', { 'auth-provider': { name: 'gcp' } }],
])('%s, which Kubernetes has removed, is refused', async (how, user) => {
  await expect(clusterAccess({ kubeconfig: await config({ user }) }, {})).rejects.toMatchObject({
    message: expect.stringContaining(`${how} is not supported`),
  })
})

test('without anything that names a cluster it is said what could', async () => {
  await expect(clusterAccess({}, { HOME: dir })).rejects.toMatchObject({
    code: 'FL_KUBECONFIG',
    message: 'Nothing says which cluster to talk to.',
  })
})

async function config(
  parts: { readonly cluster?: object; readonly user: object },
  file = 'config',
  context = 'main',
): Promise<string> {
  const name = path.join(dir, file)
  const text = stringify({
    clusters: [{ name: context, cluster: { server: 'https://a:6443/', ...parts.cluster } }],
    users: [{ name: context, user: parts.user }],
    contexts: [{ name: context, context: { cluster: context, user: context } }],
    'current-context': context,
  })
  await writeFile(name, text)
  return name
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}

const PLUGIN = `#!/bin/sh
echo x >>"$COUNT"
version=$(echo "$KUBERNETES_EXEC_INFO" | sed 's/.*"apiVersion":"\\([^"]*\\)".*/\\1/')
echo '{"kind":"ExecCredential","status":{"token":"'"$version $(wc -l <"$COUNT" | tr -d ' ')"'","expirationTimestamp":"'"$1"'"}}'
`
