import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { z } from 'zod'
import { httpAddress } from '../../http-address.ts'

const labels = z.record(z.string(), z.string())
const probe = z.object({ httpGet: z.object({ port: z.literal('metrics'), path: z.string() }) })

/** What Kubernetes' Pod Security Standards call restricted, and what two replicas need to be of use. */
const deployment = z.object({
  kind: z.literal('Deployment'),
  metadata: z.object({ namespace: z.literal('fairlead') }),
  spec: z.object({
    replicas: z.literal(2),
    selector: z.object({ matchLabels: labels }),
    template: z.object({
      metadata: z.object({ labels }),
      spec: z.strictObject({
        serviceAccountName: z.literal('fairlead-controller'),
        terminationGracePeriodSeconds: z.int(),
        affinity: z.object({
          podAntiAffinity: z.object({
            preferredDuringSchedulingIgnoredDuringExecution: z.tuple([
              z.object({
                podAffinityTerm: z.object({ labelSelector: z.object({ matchLabels: labels }) }),
              }),
            ]),
          }),
        }),
        securityContext: z.object({
          runAsNonRoot: z.literal(true),
          runAsUser: z.int().positive(),
          seccompProfile: z.object({ type: z.literal('RuntimeDefault') }),
        }),
        containers: z.tuple([
          z.object({
            args: z.array(z.string()),
            env: z.array(z.object({ name: z.string() })),
            ports: z.tuple([z.object({ name: z.literal('metrics'), containerPort: z.int() })]),
            securityContext: z.object({
              allowPrivilegeEscalation: z.literal(false),
              readOnlyRootFilesystem: z.literal(true),
              capabilities: z.strictObject({ drop: z.tuple([z.literal('ALL')]) }),
            }),
            resources: z.object({
              requests: z.object({ cpu: z.string(), memory: z.string() }),
              limits: z.object({ memory: z.string() }),
            }),
            livenessProbe: probe,
            readinessProbe: probe,
          }),
        ]),
      }),
    }),
  }),
})
const budget = z.object({
  kind: z.literal('PodDisruptionBudget'),
  spec: z.object({ maxUnavailable: z.literal(1), selector: z.object({ matchLabels: labels }) }),
})

const objects = async () => {
  const file = 'deploy/kubernetes/controller-deployment.yaml'
  const parsed = parseAllDocuments(await readFile(file, 'utf8'))
  return parsed.map((document) => {
    expect(document.errors).toEqual([])
    return document.toJS() as unknown
  })
}
const only = <T>(schema: z.ZodType<T>, among: readonly unknown[]): T => {
  const [found, ...more] = among.flatMap((object) => schema.safeParse(object).data ?? [])
  expect(more).toEqual([])
  if (found === undefined) throw new Error('there is none')
  return found
}

test('two replicas that need no right of the node, and of which one stays', async () => {
  const all = await objects()
  const { selector, template } = only(deployment, all).spec
  const mine = template.metadata.labels
  expect(selector.matchLabels).toEqual(mine)
  expect(only(budget, all).spec.selector.matchLabels).toEqual(mine)
  const [apart] =
    template.spec.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution
  expect(apart.podAffinityTerm.labelSelector.matchLabels).toEqual(mine)
})

test('it answers where kubelet asks, on nodes of either family of addresses', async () => {
  const [container] = only(deployment, await objects()).spec.template.spec.containers
  const given = new Set(container.env.map(({ name }) => `$(${name})`))
  const http = container.args[container.args.indexOf('--http') + 1] ?? ''
  const asked = container.args.flatMap((arg) => arg.match(/\$\(\w+\)/g) ?? [])
  expect(asked.filter((name) => !given.has(name))).toEqual([])
  for (const address of ['10.0.0.1', 'fd00::1']) {
    const where = http.replace('$(POD_IP)', address)
    expect(httpAddress.safeParse(where).success, where).toBe(true)
    expect(where.endsWith(`:${container.ports[0].containerPort}`)).toBe(true)
  }
  expect(container.livenessProbe.httpGet.path).toBe('/healthz')
  expect(container.readinessProbe.httpGet.path).toBe('/readyz')
})
