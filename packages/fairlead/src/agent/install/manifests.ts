import { parse, stringify } from 'yaml'
import { z } from 'zod'
import { jsonSchema } from '../../json-schema.ts'
import { DISTRIBUTIONS } from './distributions.ts'
import { type AgentSettings, agentYaml } from './plan.ts'
import { NODE_FLAGS } from './units.ts'

/** A DaemonSet of the agent on nodes of one kind. */
interface Place extends AgentSettings {
  readonly name: string
  /** What is mounted of the node beside /run and /var/lib/fairlead, read only. */
  readonly mounts: readonly string[]
  /** How containerd is given its conf dir there. */
  readonly steps: string
}

const PLACES: readonly Place[] = [
  ...DISTRIBUTIONS.map((distribution): Place => {
    const { name, sourceDir, binDirs, logFile, units } = distribution
    const logDir = logFile?.replace(/\/[^/]+$/, '')
    return {
      ...distribution,
      loopback: true,
      mounts: [
        sourceDir,
        // Links lead from there to the folder of a release.
        ...(name === 'k3s' ? ['/var/lib/rancher/k3s/data'] : binDirs),
        // Not the journal's own folder: made where there is none, it would have journald write to disk.
        logDir ?? '/var/log',
      ],
      steps:
        'On each node, best where nodes are made:\n' +
        '  fairlead agent install --only-conf-dir\n' +
        units.map((unit) => `  systemctl restart ${unit}`).join('   # or\n'),
    }
  }),
  {
    // siderolabs/talos: internal/app/machined/pkg/controllers/files/cri_config_parts.go merges the parts.
    name: 'talos',
    sourceDir: '/etc/cni/net.d',
    binDirs: ['/opt/cni/bin'],
    socket: '/run/containerd/containerd.sock',
    loopback: true,
    mounts: ['/etc/cni/net.d', '/opt/cni/bin'],
    steps:
      'In the machine config of each node (from Talos 1.14 on as a CRICustomizationConfig document):\n' +
      '  machine:\n' +
      '    files:\n' +
      '      - path: /etc/cri/conf.d/20-customization.part\n' +
      '        op: create\n' +
      '        content: |\n' +
      "          [plugins.'io.containerd.cri.v1.runtime'.cni]\n" +
      '            conf_dir = "/run/fairlead/net.d"',
  },
]

/** Manifests of the agent as a DaemonSet, by the name of the file in `deploy/kubernetes`. */
export function manifests(): ReadonlyMap<string, string> {
  return new Map(PLACES.map((place) => [`${place.name}.yaml`, manifest(place)]))
}

/** What the Helm chart is given of each distribution, and the manifest with its places left open. */
export function chartFiles(): ReadonlyMap<string, string> {
  const places = PLACES.map((place) => [
    place.name,
    { config: parse(configOf(place)) as unknown, mounts: place.mounts, steps: place.steps },
  ])
  const schema = z.strictObject({
    distribution: z.enum(PLACES.map(({ name }) => name)),
    image: z.string(),
    imagePullSecrets: z.array(z.strictObject({ name: z.string() })),
    config: z.looseObject({
      // The probes ask where the distribution's config has it.
      http: z.never().optional(),
    }),
    prometheusRule: z.boolean(),
    global: z.looseObject({}).optional(),
  })
  return new Map([
    ['values.schema.json', jsonSchema(schema, "The values of the chart of Fairlead's agent")],
    ['files/distributions.yaml', `${GENERATED}${stringify(Object.fromEntries(places))}`],
    [
      'templates/agent.yaml',
      `{{- /* Made by \`npm run generate\`, change the code instead. */}}
{{- $place := index (.Files.Get "files/distributions.yaml" | fromYaml) .Values.distribution }}
{{- $lease := dict "kubernetes" (dict "leaseNamespace" .Release.Namespace) }}
${objects({
  namespace: '{{ .Release.Namespace }}',
  config: '    {{- mergeOverwrite $place.config $lease .Values.config | toYaml | nindent 4 }}',
  image:
    '{{ required "image is needed: the one you have built by deploy/container/Dockerfile" .Values.image }}',
  pod: '\n      {{- with .Values.imagePullSecrets }}\n      imagePullSecrets: {{ toJson . }}\n      {{- end }}',
  mounts: eachMount(
    '            - { name: node-{{ $index }}, mountPath: {{ $dir }}, readOnly: true }',
  ),
  volumes: eachMount(
    '        - { name: node-{{ $index }}, hostPath: { path: {{ $dir }}, type: DirectoryOrCreate } }',
  ),
})}`,
    ],
  ])
}

const GENERATED = '# Made by `npm run generate`, change the code instead.\n'

function eachMount(line: string): string {
  return `            {{- range $index, $dir := $place.mounts }}\n${line}\n            {{- end }}`
}

function configOf(place: Place): string {
  return `${agentYaml(place)}# The Node's condition, Events on it, and pods that came too early; see docs/agent.md.\nkubernetes: {}\n`
}

function manifest(place: Place): string {
  const { name, mounts, steps } = place
  const volumes = mounts.map((dir, index) => ({ dir, volume: `node-${index}` }))
  const mountLines = volumes
    .map(
      ({ dir, volume }) => `            - { name: ${volume}, mountPath: ${dir}, readOnly: true }`,
    )
    .join('\n')
  const volumeLines = volumes
    .map(
      ({ dir, volume }) =>
        `        - { name: ${volume}, hostPath: { path: ${dir}, type: DirectoryOrCreate } }`,
    )
    .join('\n')
  return `# Fairlead's agent on nodes of ${name}; made by \`npm run generate\`, change the code instead.
#
# 1. containerd loads the conf dir that the agent keeps. ${steps.split('\n').join('\n# ')}
# 2. The image is built by deploy/container/Dockerfile; put its name in below.
# 3. kubectl apply -f agent-rbac.yaml -f ${name}.yaml
#
# While the API server is away a node is protected all the same: the pod needs no network, and waits for nobody.
${objects({
  namespace: 'kube-system',
  config: indented(configOf(place), 4),
  image: 'ghcr.io/fairlead/fairlead:VERSION',
  pod: '',
  mounts: mountLines,
  volumes: volumeLines,
})}`
}

/** The ConfigMap and the DaemonSet, of lines that are indented as they stand there. */
function objects(
  lines: Readonly<Record<'namespace' | 'config' | 'image' | 'pod' | 'mounts' | 'volumes', string>>,
): string {
  const { namespace, config, image, pod, mounts, volumes } = lines
  return `apiVersion: v1
kind: ConfigMap
metadata:
  name: fairlead-agent
  namespace: ${namespace}
data:
  agent.yaml: |
${config}
---
apiVersion: apps/v1
kind: DaemonSet
metadata:
  name: fairlead-agent
  namespace: ${namespace}
  labels: { app.kubernetes.io/name: fairlead-agent }
spec:
  selector:
    matchLabels: { app.kubernetes.io/name: fairlead-agent }
  updateStrategy:
    # The next node when this one's runtime is Ready behind the new agent.
    rollingUpdate: { maxUnavailable: 1 }
  template:
    metadata:
      labels: { app.kubernetes.io/name: fairlead-agent }
    spec:
      # The agent runs where nothing else does yet: it has no network of its own, ...
      hostNetwork: true
      # ... and sees the node's processes: which plugin hangs, for which sandbox, and who holds its pipes.
      hostPID: true
      priorityClassName: system-node-critical
      tolerations: [{ operator: Exists }]
      nodeSelector: { kubernetes.io/os: linux }
      # Of agent-rbac.yaml.
      serviceAccountName: fairlead-agent
      terminationGracePeriodSeconds: 10${pod}
      containers:
        - name: agent
          image: ${image}
          command: [node, ${NODE_FLAGS.join(', ')}, /opt/fairlead/packages/fairlead/bin/fairlead.js]
          args: [agent, run, --config, /etc/fairlead/agent.yaml]
          env:
            - name: NODE_NAME
              valueFrom: { fieldRef: { fieldPath: spec.nodeName } }
          securityContext:
            # The conf dir is root's (0700), and so are the plugins.
            runAsUser: 0
            readOnlyRootFilesystem: true
            allowPrivilegeEscalation: false
            capabilities:
              drop: [ALL]
              add:
                # Reads the environment and the pipes of plugins, which hold more capabilities than this does.
                - SYS_PTRACE
                # Ends plugins, and asks the runtime for a dump. A plugin that is not root's is not seen at all.
                - KILL
            seccompProfile: { type: RuntimeDefault }
            # The profile of containers forbids signals to what is no container.
            appArmorProfile: { type: Unconfined }
            # Where SELinux enforces: a container's own type may not talk to the runtime's socket.
            seLinuxOptions: { type: spc_t }
          resources:
            requests: { cpu: 20m, memory: 96Mi }
            limits: { memory: 256Mi }
          livenessProbe:
            httpGet: { host: 127.0.0.1, port: 9809, path: /healthz }
            initialDelaySeconds: 10
            periodSeconds: 10
            timeoutSeconds: 3
          readinessProbe:
            httpGet: { host: 127.0.0.1, port: 9809, path: /readyz }
            periodSeconds: 5
          volumeMounts:
            - { name: config, mountPath: /etc/fairlead, readOnly: true }
            # Sockets of the runtime and of plugins' daemons, which STATUS asks.
            - { name: run, mountPath: /run, readOnly: true }
            - { name: published, mountPath: /run/fairlead }
            - { name: state, mountPath: /var/lib/fairlead }
            - { name: machine-id, mountPath: /etc/machine-id, readOnly: true }
${mounts}
      volumes:
        - { name: config, configMap: { name: fairlead-agent } }
        - { name: run, hostPath: { path: /run } }
        - { name: published, hostPath: { path: /run/fairlead, type: DirectoryOrCreate } }
        - { name: state, hostPath: { path: /var/lib/fairlead, type: DirectoryOrCreate } }
        - { name: machine-id, hostPath: { path: /etc/machine-id } }
${volumes}
`
}

function indented(text: string, spaces: number): string {
  return text.trimEnd().replaceAll(/^/gm, ' '.repeat(spaces))
}
