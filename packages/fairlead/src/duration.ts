import { z } from 'zod'

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/** A length of time in a data file: `300ms`, `5s`, `2m`, or a number of ms. Parsed to ms. */
export const durationMs: z.ZodType<number, number | string> = z.union(
  [
    z.number().nonnegative(),
    z
      .string()
      .regex(/^\d+(\.\d+)?(ms|s|m)$/)
      .transform(toMs),
  ],
  {
    error: ({ input }) =>
      input === undefined ? 'is missing' : 'expected a length of time such as 300ms, 5s or 2m',
  },
)

/** A length of time in an object of the Kubernetes API: `90s`, `3m`, `1h`, as Go and CEL read it. Parsed to ms. */
export const durationText: z.ZodType<number, string> = z
  .string({ error: 'expected a length of time such as 90s, 3m or 1h' })
  .regex(/^\d+(\.\d+)?(ms|s|m|h)$/, { error: 'expected a length of time such as 90s, 3m or 1h' })
  .transform(toMs)

function toMs(text: string): number {
  const [, amount = '', , unit = ''] = /^(\d+(\.\d+)?)(ms|s|m|h)$/.exec(text) ?? []
  return Number(amount) * (UNITS_MS[unit] ?? Number.NaN)
}
