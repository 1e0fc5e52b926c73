import { readFile } from 'node:fs/promises'
import { schemaFiles as advisorySchemas } from '../packages/fairlead/src/advisories/schema-files.ts'
import { schemaFiles as agentSchemas } from '../packages/fairlead/src/agent/schema-files.ts'
import { unitFiles } from '../packages/fairlead/src/agent/install/units.ts'
import { chartFiles, manifests } from '../packages/fairlead/src/agent/install/manifests.ts'
import { schemaFiles as labSchemas } from '../packages/fairlead/src/lab/schema-files.ts'
import { architecture } from './architecture.ts'
import { benchmarks } from './benchmarks.ts'
import { cliReference } from './cli-reference.ts'
import { schemaFiles as slotsSchemas } from '../packages/fairlead/src/slots/schema-files.ts'
import { crdFiles } from '../packages/fairlead/src/upgrade/crd.ts'
import { coverage } from './coverage.ts'
import { parsersPage } from './parsers-page.ts'
import { metricsPage } from './metrics-page.ts'
import { resultPages } from './results.ts'
import { scenarioList } from './scenario-list.ts'
import { schemaPages } from './schema-pages.ts'

/** Every file of the repository that is made from others, and what it has to hold. */
export async function generatedFiles(): Promise<ReadonlyMap<string, string>> {
  const files = new Map([
    ['docs/coverage.md', await coverage()],
    ['docs/reference/cli.md', cliReference()],
    ['docs/scenarios.md', await scenarioList()],
    ['docs/reference/metrics.md', metricsPage()],
    ['docs/reference/parsers.md', await parsersPage()],
  ])
  for (const [file, text] of await architecture()) files.set(file, text)
  for (const [file, text] of await benchmarks()) files.set(file, text)
  for (const [file, text] of schemaPages()) files.set(file, text)
  for (const [file, page] of await resultPages()) files.set(file, page)
  for (const [name, text] of labSchemas()) files.set(`scenarios/${name}`, text)
  for (const [name, text] of advisorySchemas()) files.set(`advisories/${name}`, text)
  for (const [name, text] of [...agentSchemas(), ...slotsSchemas()]) {
    files.set(`deploy/${name}`, text)
  }
  for (const [name, text] of crdFiles()) files.set(`deploy/crds/${name}`, text)
  for (const [name, text] of manifests()) files.set(`deploy/kubernetes/${name}`, text)
  const chart = 'deploy/helm/fairlead-agent'
  for (const [name, text] of chartFiles()) files.set(`${chart}/${name}`, text)
  const rbac = await readFile('deploy/kubernetes/agent-rbac.yaml', 'utf8')
  files.set(
    `${chart}/templates/agent-rbac.yaml`,
    rbac.replaceAll('namespace: kube-system', 'namespace: {{ .Release.Namespace }}'),
  )
  files.set(`${chart}/files/alerts.yaml`, await readFile('deploy/prometheus/alerts.yaml', 'utf8'))
  for (const [name, text] of unitFiles()) files.set(`deploy/systemd/${name}`, text)
  return files
}
