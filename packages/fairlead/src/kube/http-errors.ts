import { z } from 'zod'
import type { KubeError } from './api.ts'

/** What an API server answers where it refuses (meta/v1 Status). */
const statusSchema = z.object({
  message: z.string().default(''),
  reason: z.string().default(''),
  code: z.int().optional(),
  details: z
    .object({
      retryAfterSeconds: z.int().optional(),
      causes: z.array(z.object({ reason: z.string().optional() })).optional(),
    })
    .optional(),
})

const BY_REASON: ReadonlyMap<string, KubeError['reason']> = new Map(
  Object.entries({
    NotFound: 'not-found',
    AlreadyExists: 'already-exists',
    Conflict: 'conflict',
    Forbidden: 'forbidden',
    Unauthorized: 'unauthorized',
    Invalid: 'invalid',
    BadRequest: 'invalid',
    Gone: 'gone',
    Expired: 'gone',
    TooManyRequests: 'throttled',
  } as const),
)

const BY_CODE: Readonly<Record<number, KubeError['reason']>> = {
  400: 'invalid',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not-found',
  409: 'conflict',
  410: 'gone',
  413: 'invalid',
  415: 'invalid',
  422: 'invalid',
  429: 'throttled',
}

/** Who asks for more patience is broken, or means to be left alone for ever. */
const RETRY_AFTER_MS_MAX = 300_000

/** The error in an answer, or in the last line of a watch. What is no Status, as of a proxy, is told by its code. */
export function answeredError(code: number, body: unknown, retryAfter?: string): KubeError {
  const status = statusSchema.safeParse(body).data
  const causes = status?.details?.causes ?? []
  const isBudget = causes.some(({ reason }) => reason === 'DisruptionBudget')
  const seconds = status?.details?.retryAfterSeconds ?? Number(retryAfter)
  const known =
    BY_REASON.get(status?.reason ?? '') ?? BY_CODE[status?.code ?? code] ?? 'server-error'
  return {
    reason: isBudget ? 'disruption-budget' : known,
    message: status?.message || `the API server answered with ${code}`,
    ...(seconds > 0 && { retryAfterMs: Math.min(seconds * 1000, RETRY_AFTER_MS_MAX) }),
  }
}
