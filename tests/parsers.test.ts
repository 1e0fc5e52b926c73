import { execFileSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { fuzz } from '../tools/fuzz/feed.ts'
import { targets } from '../tools/fuzz/targets.ts'

/** What a source has that makes a value of a text, or takes a value of others apart. */
const READS =
  /JSON\.parse\(|jsonOrUndefined\(|parseJson\(|parseYaml\(|parseDocument\(|readDataFile\(|\.safeParse\(|[sS]chema\.parse\(|from 'smol-toml'|from 'yauzl'/

/** Sources that read something and are not fed by a target of their own, and why that is enough. */
const NOT_FED: Readonly<Record<string, string>> = {
  'agent/cluster/late-pods.ts': 'objects that kube-pod is fed with, by a schema',
  'agent/cluster/node-condition.ts': 'objects that kube-node is fed with, by a schema',
  'agent/cluster/restart-permit.ts': 'objects that kube-node is fed with, by a schema',
  'agent/loaded.ts': 'a string in JSON; the networks are read by what agent-conf-dir is fed to',
  'cli/controller.ts': "the user's own flags",
  'cli/upgrade-simulate.ts': 'a constant',
  'doctor/cluster/cluster-source.ts': 'objects that doctor-objects is fed with',
  'doctor/node/cri-facts.ts': 'a string in JSON, of the runtime',
  'explore/agent-boot.ts': 'a constant',
  'explore/fairlead.ts': 'what it has written itself',
  'json.ts': 'all of them are fed through it',
  'kube/exec-credentials.ts': 'what a program of the user prints, by a schema',
  'kube/http-api.ts': 'lists of objects that kube-watch is fed with, by a schema',
  'kube/http-transport.ts': 'passes on what it got',
  'kube/memory-write.ts': 'what it has written itself',
  'lab/kubelet/real-kubelet.ts': 'lines of a program of its own',
  'lab/kubelet/watch-node.ts': "kubectl's lines, within a trial",
  'lab/new-file.ts': 'a name that the user gives, by a schema',
  'lab/plugins/behaviour.ts': "the stdin of the lab's own plugins",
  'lab/plugins/multus.ts': "the stdin of the lab's own plugins",
  'lab/plugins/roles.ts': "the stdin of the lab's own plugins",
  'lab/runtimes/cgroup-parent.ts': 'a string in JSON, of the runtime under test, by a schema',
  'lint/look-at-folders.ts': 'files that cni-cache is fed with, by a schema',
  'net/request.ts': "the user's own flags and environment",
  'slots/follow.ts': 'an annotation that kube-node is fed with, by a schema',
  'ui/page/live.ts': 'what its own server has sent',
  'ui/page/run-page.tsx': 'what its own server has sent',
  'ui/page/runs-page.tsx': 'what its own server has sent',
  'ui/page/upgrades-page.tsx': 'what its own server has sent',
  'ui/upgrades.ts': 'objects that kube-upgrade is fed with, by a schema',
  'upgrade/controller/drain.ts': 'objects that kube-pod is fed with, by a schema',
  'upgrade/controller/lab-gates.ts':
    'a string that lab-summary is fed with, of a ConfigMap, by a schema',
  'upgrade/controller/gates.ts': 'what the Prometheus of the upgrade answers, by a schema',
  'upgrade/executors/plans.ts': 'the status of Plans and Jobs, by a schema',
  'upgrade/executors/talos-executor.ts': 'objects that kube-node is fed with, by a schema',
  'upgrade/executors/slot-executor.ts': 'an annotation that kube-node is fed with, by a schema',
  'version.ts': 'its own package.json',
}

const known = await targets()
const sources = execFileSync('git', ['ls-files', 'packages/*/src/**'], { encoding: 'utf8' })
  .split('\n')
  .filter((file) => /\.tsx?$/.test(file) && !/(?:\.test|-fixture)\.ts$|\/gen\//.test(file))

test('whatever reads what others wrote is fed by the fuzzer, or it says why not', async () => {
  const fed = new Set(known.flatMap(({ covers }) => covers))
  const excused = new Set(Object.keys(NOT_FED).map((file) => `packages/fairlead/src/${file}`))
  const reading: string[] = []
  for (const file of sources) if (READS.test(await readFile(file, 'utf8'))) reading.push(file)
  expect(reading.filter((file) => !fed.has(file) && !excused.has(file))).toEqual([])
  expect([...excused].filter((file) => !reading.includes(file) || fed.has(file))).toEqual([])
  expect([...fed].filter((file) => !sources.includes(file))).toEqual([])
})

test.each(known.map((target) => [target.name, target] as const))(
  '%s accepts what it is made of, and twenty broken inputs do it no harm',
  async (_, target) => {
    const accepted = []
    for (const { bytes } of target.samples) accepted.push(await target.feed(bytes))
    expect(accepted).toContain(true)
    expect(await fuzz(target, { seed: 1, from: 0, count: 20 }, () => {})).not.toHaveProperty(
      'problem',
    )
  },
)
