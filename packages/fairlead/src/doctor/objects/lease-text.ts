/** kubelet's `nodeLeaseDurationSeconds`, and its default for how often it renews is a quarter of it. */
const LEASE_MS = 40_000

/**
 * What is said of a kubelet that goes on renewing the lease of its node that is not Ready: it lives, and
 * reaches the API server. Undefined where it does not, or a time is not known.
 */
export function leaseText(
  notReadySinceMs: number | undefined,
  renewedMs: number | undefined,
): string | undefined {
  if (notReadySinceMs === undefined || renewedMs === undefined) return undefined
  const longMs = renewedMs - notReadySinceMs
  if (longMs < LEASE_MS) return undefined
  return `kubelet has renewed the node's lease for ${Math.round(longMs / 1000)} s since the node is not Ready`
}
