import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import { FairleadError, messageOf } from '../errors.ts'
import type { ClusterAccess, Credentials } from './access.ts'
import { parseYaml } from '../yaml.ts'
import { execCredentials, execSchema } from './exec-credentials.ts'

const clusterSchema = z.object({
  server: z.string(),
  'certificate-authority': z.string().optional(),
  'certificate-authority-data': z.string().optional(),
  'insecure-skip-tls-verify': z.boolean().optional(),
  'tls-server-name': z.string().optional(),
  'proxy-url': z.string().optional(),
})

const userSchema = z.object({
  token: z.string().optional(),
  tokenFile: z.string().optional(),
  'client-certificate': z.string().optional(),
  'client-certificate-data': z.string().optional(),
  'client-key': z.string().optional(),
  'client-key-data': z.string().optional(),
  exec: execSchema.optional(),
  'auth-provider': z.unknown().optional(),
  username: z.string().optional(),
})

const contextSchema = z.object({ cluster: z.string(), user: z.string().optional() })

const name = z.string()
/** kubectl writes `null` for a list without entries. */
const listOf = <Item extends z.ZodType>(item: Item) =>
  z
    .array(item)
    .nullish()
    .transform((list) => list ?? [])
const kubeconfigSchema = z.object({
  clusters: listOf(z.object({ name, cluster: clusterSchema })),
  users: listOf(z.object({ name, user: userSchema })),
  contexts: listOf(z.object({ name, context: contextSchema })),
  'current-context': z.string().optional(),
})

/** A kubeconfig, and the folder that its paths are relative to. */
type Kubeconfig = z.output<typeof kubeconfigSchema> & { readonly dir: string }
type User = z.output<typeof userSchema>

/**
 * The cluster and user of a context of kubeconfigs (kubeconfig v1): of what several of them name, the first
 * counts.
 *
 * @throws {FairleadError} FL_KUBECONFIG when a file cannot be read or used, or has no such context.
 */
export async function kubeconfigAccess(
  files: readonly string[],
  contextName: string | undefined,
  env: NodeJS.ProcessEnv,
): Promise<ClusterAccess> {
  const configs = await Promise.all(files.map(readKubeconfig))
  const shown = files.join(':')
  const refuse = (problem: string, hint: string): never => {
    throw new FairleadError('FL_KUBECONFIG', `${shown}: ${problem}.`, { hint })
  }
  const wanted =
    contextName ?? configs.map((config) => config['current-context']).find((word) => word)
  if (wanted === undefined) {
    return refuse('no context is the current one', 'Name one by --context.')
  }
  const context = found(configs, 'contexts', wanted)?.entry.context
  if (context === undefined) {
    const names = configs.flatMap(({ contexts }) => contexts.map((one) => one.name)).join(', ')
    return refuse(`there is no context ${wanted}`, `There are: ${names || 'none'}.`)
  }
  const cluster = found(configs, 'clusters', context.cluster)
  const user = found(configs, 'users', context.user ?? '')
  if (cluster === undefined || (user === undefined && (context.user ?? '') !== '')) {
    const missing = cluster === undefined ? `cluster ${context.cluster}` : `user ${context.user}`
    return refuse(`context ${wanted} names ${missing}, which is not there`, 'Mend the file.')
  }
  const { server, ...rest } = cluster.entry.cluster
  if (rest['proxy-url'] !== undefined) {
    return refuse('proxy-url is not supported', 'Give a server that can be reached directly.')
  }
  if (!isHttpUrl(server)) {
    return refuse(`server ${server} is no URL`, 'Write it as https://10.0.0.1:6443.')
  }
  const ca = await pem(rest, 'certificate-authority', cluster.dir)
  const tlsServerName = rest['tls-server-name']
  return {
    server: server.replace(/\/$/, ''),
    ...(ca !== undefined && { ca }),
    ...(tlsServerName !== undefined && { tlsServerName }),
    ...(rest['insecure-skip-tls-verify'] === true && { insecureSkipTlsVerify: true }),
    credentials:
      user === undefined
        ? async () => ({})
        : credentialsOf(user.entry.user, { dir: user.dir, env, server, ca, refuse }),
  }
}

/** How a user of a kubeconfig shows who it is. Files are read each time: others rotate them. */
function credentialsOf(
  user: User,
  world: {
    readonly dir: string
    readonly env: NodeJS.ProcessEnv
    readonly server: string
    readonly ca: string | undefined
    readonly refuse: (problem: string, hint: string) => never
  },
): ClusterAccess['credentials'] {
  const { dir, refuse } = world
  if (user.exec !== undefined) return execCredentials(user.exec, world)
  if (user['auth-provider'] !== undefined || user.username !== undefined) {
    const how = user.username === undefined ? 'auth-provider' : 'a password'
    return refuse(
      `${how} is not supported`,
      'Kubernetes has removed it; use exec, a token or a certificate.',
    )
  }
  return async (): Promise<Credentials> => {
    const cert = await pem(user, 'client-certificate', dir)
    const key = await pem(user, 'client-key', dir)
    const token =
      user.tokenFile === undefined
        ? user.token
        : (await readFile(path.resolve(dir, user.tokenFile), 'utf8')).trim()
    return { ...(token && { token }), ...(cert && { cert }), ...(key && { key }) }
  }
}

async function readKubeconfig(file: string): Promise<Kubeconfig> {
  try {
    const document = parseYaml(await readFile(file, 'utf8'))
    const [syntaxError] = document.errors
    if (syntaxError !== undefined) throw syntaxError
    const parsed = kubeconfigSchema.safeParse(document.toJS())
    if (parsed.success) return { ...parsed.data, dir: path.dirname(file) }
    const { path: keys, message } = parsed.error.issues[0] ?? { path: [], message: 'not valid' }
    throw new Error(`${keys.join('.') || 'it'}: ${message}`)
  } catch (error) {
    throw new FairleadError('FL_KUBECONFIG', `${file} is no kubeconfig: ${messageOf(error)}.`, {
      hint: 'Name another by --kubeconfig or KUBECONFIG.',
    })
  }
}

function isHttpUrl(text: string): boolean {
  return /^https?:$/.test(URL.parse(text)?.protocol ?? '')
}

function found<List extends 'clusters' | 'users' | 'contexts'>(
  configs: readonly Kubeconfig[],
  list: List,
  wanted: string,
): { readonly entry: Kubeconfig[List][number]; readonly dir: string } | undefined {
  for (const config of configs) {
    const entries: readonly Kubeconfig[List][number][] = config[list]
    const entry = entries.find((one) => one.name === wanted)
    if (entry !== undefined) return { entry, dir: config.dir }
  }
  return undefined
}

/** What is inline (`-data`, in base64) or in a file. */
async function pem<Key extends string>(
  from: { readonly [key in Key | `${Key}-data`]?: string | undefined },
  key: Key,
  dir: string,
): Promise<string | undefined> {
  const inline = from[`${key}-data`]
  if (inline !== undefined) return Buffer.from(inline, 'base64').toString('utf8')
  const file = from[key]
  if (file === undefined) return undefined
  return readFile(path.resolve(dir, file), 'utf8').catch((error: unknown) => {
    throw new FairleadError('FL_KUBECONFIG', `${key}: ${messageOf(error)}.`, {
      hint: 'Mend the kubeconfig.',
    })
  })
}
