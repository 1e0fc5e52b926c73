import { z } from 'zod'

/** So many, or so many in a hundred: `5`, `10%` (an IntOrString of the Kubernetes API). */
export const share = z
  .union([z.int().nonnegative(), z.string()])
  .refine((value) => typeof value === 'number' || /^(\d|[1-9]\d|100)%$/.test(value), {
    error: 'expected a number such as 5, or a share such as 10%',
  })
  .meta({ 'x-kubernetes-int-or-string': true, pattern: '^([0-9]+|([0-9]|[1-9][0-9]|100)%)$' })

/** See {@link share}. */
export type Share = number | string

/** A share of `total`, rounded up. */
export function countOf(share: Share, total: number): number {
  if (typeof share === 'number') return Math.min(share, total)
  return Math.ceil((total * Number(share.slice(0, -1))) / 100)
}
