import type { LiveNetwork, NodeFacts } from '../live.ts'

/** The networks that the runtime has loaded. */
export function NetworksSection({ node: { networks, confDir } }: { readonly node: NodeFacts }) {
  if (networks === undefined) return null
  // Fairlead's own runtime tells it of each network; containerd has one condition for all.
  const tells = networks.some(({ readiness }) => readiness !== undefined)
  return (
    <section aria-labelledby="networks">
      <h2 id="networks">Networks</h2>
      {networks.length === 0 ? (
        <p class="nothing">
          The runtime has loaded none{confDir === undefined ? '' : ` of ${confDir}`}.
        </p>
      ) : (
        <div class="sheet">
          <table class="rows">
            <thead>
              <tr>
                <th scope="col">Network</th>
                <th scope="col">Plugins</th>
                {tells && <th scope="col">Readiness</th>}
              </tr>
            </thead>
            <tbody>
              {networks.map((network) => (
                <tr key={network.name}>
                  <th scope="row">{network.name}</th>
                  <td>{network.plugins.join(', ')}</td>
                  {tells && <Readiness network={network} />}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  )
}

function Readiness({ network: { readiness } }: { readonly network: LiveNetwork }) {
  if (readiness === undefined) return <td />
  const { state, reason } = readiness
  return (
    <td>
      <span class={`ready-note ready-note-${state === 'ready' ? 'True' : 'False'}`}>{state}</span>
      {reason !== undefined && <span class="reason">{reason}</span>}
    </td>
  )
}
