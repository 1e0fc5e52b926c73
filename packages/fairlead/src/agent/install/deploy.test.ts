import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { z } from 'zod'
import { AGENT_METRICS } from '../agent-metrics.ts'
import { CONTROLLER_METRICS } from '../../upgrade/controller/controller-metrics.ts'
import { agentConfigSchema } from '../config.ts'
import type { MetricFamily } from '../../exposition.ts'
import { manifests } from './manifests.ts'
import { NODE_FLAGS } from './units.ts'

const read = (file: string) => readFile(file, 'utf8')

describe('what asks for metrics', () => {
  test.each(['deploy/prometheus/alerts.yaml', 'deploy/grafana/fairlead-agent.json'])(
    '%s names only metrics that there are, and labels that they have',
    async (file) => {
      const text = await read(file)
      const families: Readonly<Record<string, MetricFamily>> = {
        ...AGENT_METRICS,
        ...CONTROLLER_METRICS,
      }
      const series = [
        ...text.matchAll(/\b((?:fairlead_agent|fairlead_controller|process)_\w+)(?:\{([^}]*)\})?/g),
      ]
      expect(series.length).toBeGreaterThan(8)
      for (const [, name = '', selector = ''] of series) {
        const family = families[name] ?? families[name.replace(/_(?:bucket|sum|count)$/, '')]
        expect(family, name).toBeDefined()
        const asked = [...selector.matchAll(/(\w+)\s*[=!]~?/g)].map(([, label]) => label)
        // Those that Prometheus itself gives.
        const known = new Set(['instance', 'job', 'le', ...(family?.labels ?? [])])
        expect(asked.filter((label) => !known.has(label ?? ''))).toEqual([])
      }
    },
  )

  test('every alert says what is wrong and what to look at', async () => {
    const rule = z.object({
      alert: z.string().startsWith('Fairlead'),
      expr: z.string(),
      labels: z.object({ severity: z.enum(['warning', 'critical']) }),
      annotations: z.object({ summary: z.string(), description: z.string() }),
    })
    const rules = z.object({ groups: z.array(z.object({ rules: z.array(rule) })) })
    expect(
      rules.safeParse(parse(await read('deploy/prometheus/alerts.yaml'))).error,
    ).toBeUndefined()
  })
})

const mount = z.object({
  name: z.string(),
  mountPath: z.string(),
  readOnly: z.boolean().optional(),
})
const daemonSet = z.object({
  kind: z.literal('DaemonSet'),
  spec: z.object({
    template: z.object({
      spec: z.object({
        hostNetwork: z.literal(true),
        hostPID: z.literal(true),
        serviceAccountName: z.string(),
        containers: z.tuple([
          z.object({
            command: z.array(z.string()),
            env: z.array(z.object({ name: z.string() })),
            securityContext: z.object({
              allowPrivilegeEscalation: z.literal(false),
              readOnlyRootFilesystem: z.literal(true),
              capabilities: z.object({
                drop: z.tuple([z.literal('ALL')]),
                add: z.array(z.string()),
              }),
            }),
            livenessProbe: z.object({ httpGet: z.object({ host: z.string(), port: z.int() }) }),
            volumeMounts: z.array(mount),
          }),
        ]),
        volumes: z.array(z.object({ name: z.string() })),
      }),
    }),
  }),
})

describe.each([...manifests().keys()])('deploy/kubernetes/%s', (file) => {
  const documents = async () => {
    const parsed = parseAllDocuments(await read(`deploy/kubernetes/${file}`))
    return parsed.map((document) => {
      expect(document.errors).toEqual([])
      return document.toJS() as Record<string, unknown>
    })
  }
  const parts = async () => {
    const [configMap, last] = await documents()
    const { data } = z.object({ data: z.object({ 'agent.yaml': z.string() }) }).parse(configMap)
    const { spec } = daemonSet.parse(last).spec.template
    return {
      config: agentConfigSchema.parse(parse(data['agent.yaml'])),
      spec,
      container: spec.containers[0],
    }
  }

  test('the agent finds all that its config names, and writes only where it must', async () => {
    const { config, container, spec } = await parts()
    const mounts = container.volumeMounts.toSorted(
      (a, b) => b.mountPath.length - a.mountPath.length,
    )
    const mountOf = (where: string) =>
      mounts.find(({ mountPath }) => where === mountPath || where.startsWith(`${mountPath}/`))
    const { log } = config.evidence
    const logs = log === 'journal' ? [] : [log]
    for (const where of [...config.sourceDirs, ...config.binDirs, config.socket, ...logs]) {
      expect(mountOf(where), where).toMatchObject({ readOnly: true })
    }
    for (const where of [config.confDir, config.stateDir, config.statusFile]) {
      expect(mountOf(where)?.readOnly ?? false, where).toBe(false)
      expect(mountOf(where), where).toBeDefined()
    }
    const volumes = spec.volumes.map(({ name }) => name)
    expect(mounts.map(({ name }) => name).toSorted()).toEqual(volumes.toSorted())
  })

  test('it is the account that the roles are for, in its namespace, and knows its Node', async () => {
    const { config, spec, container } = await parts()
    const [account] = parseAllDocuments(await read('deploy/kubernetes/agent-rbac.yaml'))
    const { name, namespace } = z
      .object({ metadata: z.object({ name: z.string(), namespace: z.string() }) })
      .parse(account?.toJS()).metadata
    expect(spec.serviceAccountName).toBe(name)
    for (const document of await documents())
      expect(document).toMatchObject({ metadata: { namespace } })
    expect(config.kubernetes).toBeDefined()
    expect(container.env.map((variable) => variable.name)).toEqual(['NODE_NAME'])
  })

  test('it may do two things beyond what any container may, and kubelet asks where it answers', async () => {
    const { config, container } = await parts()
    expect(container.securityContext.capabilities.add).toEqual(['SYS_PTRACE', 'KILL'])
    const { host, port } = container.livenessProbe.httpGet
    expect(`${host}:${port}`).toBe(config.http.address)
    expect(container.command).toEqual(expect.arrayContaining([...NODE_FLAGS]))
  })
})

describe('the image', () => {
  test('is made of instructions that there are, from files that there are', async () => {
    const text = await read('deploy/container/Dockerfile')
    const lines = text.replaceAll('\\\n', ' ').split('\n')
    const instructions = lines.filter((line) => line !== '' && !line.startsWith('#'))
    expect(instructions.filter((line) => !INSTRUCTION.test(line))).toEqual([])
    const ignored = (await read('deploy/container/Dockerfile.dockerignore')).split('\n')
    for (const line of instructions.filter((one) => one.startsWith('COPY --from=build /src/'))) {
      const [, , source = ''] = line.split(' ')
      const name = path.relative('/src', source)
      if (name === 'node_modules') continue
      expect(existsSync(name), name).toBe(true)
      expect(ignored).toContain(`!${name}`)
    }
  })

  test('runs the CLI where the manifests look for it', async () => {
    const text = await read('deploy/container/Dockerfile')
    const [, where = ''] = /^ENTRYPOINT \["node", "(.*)"\]$/m.exec(text) ?? []
    expect(existsSync(where.replace('/opt/fairlead/', ''))).toBe(true)
    expect(await read('deploy/kubernetes/kubeadm.yaml')).toContain(where)
  })
})

const INSTRUCTION =
  /^(?:FROM \S+(?: AS \w+)?|WORKDIR \S+|COPY .+|RUN .+|USER \w+|(?:ENTRYPOINT|CMD) \[.+\])$/
