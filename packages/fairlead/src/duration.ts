import { z } from 'zod'

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000 }

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

function toMs(text: string): number {
  const [, amount = '', , unit = ''] = /^(\d+(\.\d+)?)(ms|s|m)$/.exec(text) ?? []
  return Number(amount) * (UNITS_MS[unit] ?? Number.NaN)
}
