import type { Live } from './live.ts'
import { clockTime } from './clock-time.ts'

/** Says so where what is shown is no longer what is. */
export function ConnectionNote({
  connection,
  atMs,
}: {
  readonly connection: Live['connection']
  /** Of the last that was heard; undefined if nothing was. */
  readonly atMs: number | undefined
}) {
  const asOf = atMs === undefined ? '' : ` What you see is as of ${clockTime(atMs)} UTC.`
  switch (connection) {
    case 'open':
      return null
    case 'opening':
      return <p class="connection">Waiting for the first look at the node.</p>
    case 'lost':
      return (
        <p class="connection is-lost" role="alert">
          <code>fairlead ui</code> does not answer; this page keeps trying.{asOf}
        </p>
      )
    case 'over':
      return (
        <p class="connection is-lost" role="alert">
          <code>fairlead ui</code> was started anew. Open the address that it has printed.{asOf}
        </p>
      )
  }
}
