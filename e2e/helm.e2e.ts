import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { agentConfigSchema } from '../packages/fairlead/src/agent/config.ts'
import { manifests } from '../packages/fairlead/src/agent/install/manifests.ts'
import { debianPackages } from './debian.ts'
import { goProgram } from './go.ts'
import { unable } from './support.ts'

const CHART = 'deploy/helm/fairlead-agent'
const IMAGE = 'ghcr.io/fairlead/fairlead:VERSION'
/** sprig, what it imports, and the YAML of Kubernetes. */
const LIBRARIES = [
  'golang-github-masterminds-sprig-dev',
  'golang-github-masterminds-semver-dev',
  'golang-github-masterminds-goutils-dev',
  'golang-github-huandu-xstrings-dev',
  'golang-github-google-uuid-dev',
  'golang-github-imdario-mergo-dev',
  'golang-github-shopspring-decimal-dev',
  'golang-github-mitchellh-copystructure-dev',
  'golang-github-mitchellh-reflectwalk-dev',
  'golang-github-spf13-cast-dev',
  'golang-golang-x-crypto-dev',
  'golang-k8s-sigs-yaml-dev',
]

describe.skipIf(unable !== undefined)('the Helm chart', () => {
  let program: string

  beforeAll(async () => {
    program = await goProgram(
      'helm-renderer',
      [path.join(import.meta.dirname, 'helm', 'render.go')],
      () => debianPackages('trixie', LIBRARIES, 'sprig'),
    )
  })

  const run = (values: object, namespace: string) =>
    spawnSync(program, {
      input: JSON.stringify({ chart: CHART, namespace, values }),
      encoding: 'utf8',
    })
  const render = (values: object, namespace = 'kube-system') => {
    const { stdout, stderr } = run(values, namespace)
    expect(stderr).toBe('')
    // What render.go prints: text by template.
    const texts = JSON.parse(stdout) as Record<string, string>
    const { 'NOTES.txt': notes = '', ...templates } = texts
    return { notes, objects: Object.values(templates).flatMap(objectsOf) }
  }

  test.each([...manifests()])('is for its distribution what %s is', (file, manifest) => {
    const distribution = path.basename(file, '.yaml')
    const { objects, notes } = render({ distribution, image: IMAGE })
    const rbac = readFileSync('deploy/kubernetes/agent-rbac.yaml', 'utf8')
    expect(byName(objects)).toEqual(byName([manifest, rbac].flatMap(objectsOf)))
    expect(notes).toContain(distribution === 'talos' ? 'machine config' : 'systemctl restart')
  })

  test('takes settings, pull secrets and alert rules, and stays in the namespace of its release', () => {
    const { objects } = render(
      {
        image: 'registry.example/fairlead:1.0.0',
        imagePullSecrets: [{ name: 'registry' }],
        config: { kubernetes: { recreatePods: 'owned' } },
        prometheusRule: true,
      },
      'agents',
    )
    const all = byName(objects)
    expect(all['ConfigMap fairlead-agent']).toMatchObject({
      data: {
        'agent.yaml': {
          sourceDirs: ['/etc/cni/net.d'],
          kubernetes: { recreatePods: 'owned', leaseNamespace: 'agents' },
        },
      },
    })
    const spec = { imagePullSecrets: [{ name: 'registry' }] }
    expect(all['DaemonSet fairlead-agent']).toMatchObject({ spec: { template: { spec } } })
    expect(all['PrometheusRule fairlead-agent']).toMatchObject({
      spec: parse(readFileSync('deploy/prometheus/alerts.yaml', 'utf8')) as object,
    })
    expect(JSON.stringify(objects)).not.toContain('kube-system')
  })

  test('says so when it has no image', () => {
    expect(run({}, 'kube-system').stderr).toContain('image is needed')
  })
})

interface KubernetesObject {
  readonly kind: string
  readonly metadata: { readonly name: string }
  readonly data?: { readonly 'agent.yaml': string }
}

function objectsOf(text: string): KubernetesObject[] {
  return parseAllDocuments(text)
    .map((document) => {
      expect(document.errors).toEqual([])
      // Where it is none, the comparison fails.
      return document.toJS() as KubernetesObject | null
    })
    .filter((value) => value !== null)
}

/** Objects by kind and name, the agent's config as the agent reads it. */
function byName(objects: readonly KubernetesObject[]): Record<string, object> {
  return Object.fromEntries(
    objects.map(({ data, ...rest }) => {
      const config = data && {
        data: { 'agent.yaml': agentConfigSchema.parse(parse(data['agent.yaml'])) },
      }
      return [`${rest.kind} ${rest.metadata.name}`, { ...rest, ...config }]
    }),
  )
}
