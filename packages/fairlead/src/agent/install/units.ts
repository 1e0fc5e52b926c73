/** The agent's own unit. */
export const AGENT_UNIT = 'fairlead-agent.service'

/** Where npm installs the CLI. */
export const INSTALLED = '/usr/local/bin/fairlead'

/**
 * The agent is always there and does little: without an optimising compiler and with small spaces for what is
 * new it takes 75 MiB instead of 117, and as little CPU time. V8 reads both when it starts only.
 */
export const NODE_FLAGS: readonly string[] = ['--lite-mode', '--max-semi-space-size=1']

/**
 * The unit that runs the agent. The runtime finds its conf dir made, and kubelet the runtime's networks, since
 * the agent says that it is ready only then; neither needs it to go on, so that nothing requires it.
 */
export function agentUnit(command: readonly string[], runtimeUnits: readonly string[]): string {
  return `[Unit]
Description=Fairlead agent: settled, valid CNI configuration for the container runtime
Before=${[...runtimeUnits, 'kubelet.service'].join(' ')}
After=local-fs.target
# However often it fails, it is started again.
StartLimitIntervalSec=0

[Service]
Type=notify
ExecStart=${command.map(escaped).join(' ')}
Restart=always
RestartSec=2
TimeoutStartSec=30
# Only heard while publishing and watching really go on.
WatchdogSec=30
# What it has published stays in the conf dir when it ends.
KillMode=mixed
OOMScoreAdjust=-900
MemoryMax=256M

[Install]
WantedBy=multi-user.target
`
}

/** The units for those who install by hand or by a package: `deploy/systemd/*`. */
export function unitFiles(): ReadonlyMap<string, string> {
  const run = ['/usr/bin/env', 'node', ...NODE_FLAGS, INSTALLED, 'agent', 'run']
  return new Map([
    [
      AGENT_UNIT,
      agentUnit(
        [...run, '--config', '/etc/fairlead/agent.yaml'],
        ['containerd.service', 'crio.service'],
      ),
    ],
    ['containerd.service.d/10-fairlead.conf', orderingDropIn()],
  ])
}

/** A drop-in of a unit that starts the runtime: with it comes the agent, and before it. */
export function orderingDropIn(): string {
  return `[Unit]
Wants=${AGENT_UNIT}
After=${AGENT_UNIT}
`
}

/** A drop-in that has Flatcar's containerd read a config that can be changed. */
export function configDropIn(config: string): string {
  return `[Service]
Environment=CONTAINERD_CONFIG=${config}
`
}

/** A word of a command line, as systemd.service(5) reads it. */
function escaped(word: string): string {
  const text = word.replaceAll('%', '%%').replaceAll('$', '$$$$')
  return /^[\w@%+=:,./$-]+$/.test(text) ? text : `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`
}
