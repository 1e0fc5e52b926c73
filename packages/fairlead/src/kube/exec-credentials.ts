import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'
import { z } from 'zod'
import { FairleadError, messageOf } from '../errors.ts'
import { jsonOrUndefined } from '../json.ts'
import { wallClockMs } from '../ports.ts'
import type { ClusterAccess, Credentials } from './access.ts'

/** The `exec` of a user: a program that is asked for credentials (client.authentication.k8s.io). */
export const execSchema = z.object({
  apiVersion: z.string(),
  command: z.string(),
  args: z.array(z.string()).nullish(),
  env: z.array(z.object({ name: z.string(), value: z.string() })).nullish(),
  provideClusterInfo: z.boolean().nullish(),
  installHint: z.string().nullish(),
})

const credentialSchema = z.object({
  kind: z.literal('ExecCredential'),
  status: z.object({
    token: z.string().optional(),
    clientCertificateData: z.string().optional(),
    clientKeyData: z.string().optional(),
    expirationTimestamp: z.string().optional(),
  }),
})

const EXEC_TIMEOUT_MS = 60_000

/** Runs the program, and again when what it gave has expired or was refused. */
export function execCredentials(
  exec: z.output<typeof execSchema>,
  world: {
    readonly dir: string
    readonly env: NodeJS.ProcessEnv
    readonly server: string
    readonly ca: string | undefined
  },
): ClusterAccess['credentials'] {
  const { dir, env, server, ca } = world
  const { apiVersion, command, args, installHint } = exec
  const cluster = {
    server,
    ...(ca !== undefined && { 'certificate-authority-data': Buffer.from(ca).toString('base64') }),
  }
  const info = {
    apiVersion,
    kind: 'ExecCredential',
    spec: { interactive: false, ...(exec.provideClusterInfo === true && { cluster }) },
  }
  // A command with a slash is a path, relative to the file; another is looked for in PATH.
  const program = command.includes('/') ? path.resolve(dir, command) : command
  let last: { readonly credentials: Credentials; readonly expiresMs: number } | undefined

  return async ({ refused, signal }) => {
    if (last !== undefined && !refused && wallClockMs() < last.expiresMs) return last.credentials
    const own = Object.fromEntries((exec.env ?? []).map(({ name, value }) => [name, value]))
    const { stdout } = await promisify(execFile)(program, args ?? [], {
      timeout: EXEC_TIMEOUT_MS,
      signal,
      env: { ...env, ...own, KUBERNETES_EXEC_INFO: JSON.stringify(info) },
    }).catch((error: unknown) => {
      const hint = installHint ?? 'Run it by hand; a kubeconfig names it as exec.'
      throw new FairleadError('FL_KUBECONFIG', `${command}: ${messageOf(error).trim()}`, { hint })
    })
    const parsed = credentialSchema.safeParse(jsonOrUndefined(stdout))
    if (!parsed.success) {
      throw new FairleadError('FL_KUBECONFIG', `${command} printed no ExecCredential.`, {
        hint: 'Run it by hand; a kubeconfig names it as exec.',
      })
    }
    const { token, clientCertificateData, clientKeyData, expirationTimestamp } = parsed.data.status
    last = {
      credentials: {
        ...(token !== undefined && { token }),
        ...(clientCertificateData !== undefined && { cert: clientCertificateData }),
        ...(clientKeyData !== undefined && { key: clientKeyData }),
      },
      expiresMs:
        expirationTimestamp === undefined
          ? Number.POSITIVE_INFINITY
          : Date.parse(expirationTimestamp),
    }
    return last.credentials
  }
}
