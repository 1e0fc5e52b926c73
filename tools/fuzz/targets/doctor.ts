import { mkdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { loadAdvisories } from '../../../packages/fairlead/src/advisories/advisory-files.ts'
import { diagnose } from '../../../packages/fairlead/src/doctor/diagnose.ts'
import type { Fact } from '../../../packages/fairlead/src/doctor/fact.ts'
import { FileReader } from '../../../packages/fairlead/src/doctor/file-reader.ts'
import { readLogLine } from '../../../packages/fairlead/src/doctor/formats/log-line.ts'
import { DumpReader } from '../../../packages/fairlead/src/doctor/goroutines/goroutine-dump.ts'
import { keptEvidenceText } from '../../../packages/fairlead/src/doctor/kept-evidence.ts'
import { landmarksOf } from '../../../packages/fairlead/src/doctor/landmarks.ts'
import { readProcesses } from '../../../packages/fairlead/src/node-processes.ts'
import { redacted } from '../../../packages/fairlead/src/doctor/redact.ts'
import { doctorReportSchema } from '../../../packages/fairlead/src/doctor/report.ts'
import { tarOf, zipOf } from '../../../packages/fairlead/src/doctor/sources/archive-fixture.ts'
import { filesSource } from '../../../packages/fairlead/src/doctor/sources/files.ts'
import { newCoverage, type Source } from '../../../packages/fairlead/src/doctor/sources/source.ts'
import { printable } from '../../../packages/fairlead/src/safe-text.ts'
import { scratchDir, scratchFile } from '../scratch.ts'
import { demand, type FuzzTarget, json, type Sample, text, yaml } from '../target.ts'
import { NODE, POD } from './kubernetes-samples.ts'

const EVIDENCE = fileURLToPath(new URL('../../../tests/evidence/', import.meta.url))
const { signal } = new AbortController()

function evidence(name: string, from = 0, bytes = 8192): Sample {
  return text(readFileSync(EVIDENCE + name).subarray(from, from + bytes))
}

const JOURNAL = `__CURSOR=s=1;i=2
__REALTIME_TIMESTAMP=1763953200000000
_HOSTNAME=worker-1
SYSLOG_IDENTIFIER=kubelet
MESSAGE=container runtime is down
_TRANSPORT=stdout

__CURSOR=s=1;i=3
__REALTIME_TIMESTAMP=1763953201000000
MESSAGE\n\u0015\0\0\0\0\0\0\0cni plugin\nnot initialized
SYSLOG_IDENTIFIER=containerd

`
const LINES = `E1125 04:00:21.123456    4711 kubelet.go:3117] "Container runtime network not ready" networkReady="NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized"
time="2025-11-25T04:00:22.5Z" level=error msg="failed to reload cni configuration after receiving fs change event" error="cni config load failed: no network config found in /etc/cni/net.d: cni plugin not initialized: failed to load cni config"
2025-11-25T04:00:23.1Z stderr F {"level":"error","ts":1763953200.5,"msg":"PLEG is not healthy: container runtime is down"}
Nov 25 04:00:24 worker-1 containerd[812]: goroutine 1 [running]:
{"MESSAGE":"rpc error: code = DeadlineExceeded desc = context deadline exceeded","SYSLOG_IDENTIFIER":"kubelet","__REALTIME_TIMESTAMP":"1763953200000000","_HOSTNAME":"w"}
kern:    info: [2025-11-25T03:00:00Z]: containerd github.com/containerd/containerd v2.0.1
token: eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl user:secretpassword@10.0.0.1 fe80::1
`

/** Facts without what depends on how the bytes came: whether they are the same is what is asked. */
function factsOf(reader: FileReader, pieces: readonly Buffer[]): readonly Fact[] {
  return [...pieces.flatMap((piece) => [...reader.push(piece)]), ...reader.end()]
}

export async function doctorTargets(): Promise<readonly FuzzTarget[]> {
  const advisories = await loadAdvisories()
  const landmarks = landmarksOf(advisories)

  /** The report of facts: it has the published shape, and nothing in it that a terminal would obey. */
  async function report(source: Source): Promise<boolean> {
    const made = await diagnose({ sources: [source], advisories, language: 'en', signal })
    doctorReportSchema.parse(made)
    for (const { timeline, node } of made.nodes) {
      for (const each of [node ?? '', ...timeline.map((moment) => moment.text)]) {
        demand(printable(each) === each, 'a text that is not printable')
      }
    }
    doctorReportSchema.parse(redacted(made))
    return made.nodes.some(({ timeline }) => timeline.length > 0)
  }

  async function feedFile(name: string, input: Buffer): Promise<boolean> {
    const file = { path: name, node: undefined, modifiedMs: Date.UTC(2025, 10, 25) }
    const facts = factsOf(new FileReader(file, landmarks), [input])
    // Cut at a place that the input decides: what is read does not depend on how the bytes come.
    const at = input.length === 0 ? 0 : (input.readUInt8(input.length >> 1) * input.length) >> 8
    const cut = factsOf(new FileReader(file, landmarks), [
      input.subarray(0, at),
      input.subarray(at),
    ])
    demand(JSON.stringify(cut) === JSON.stringify(facts), `other facts when cut at ${at}`)
    const coverage = newCoverage(name, 'file')
    return report({
      coverage,
      facts: async function* () {
        yield* facts
      },
    })
  }

  return [
    {
      name: 'doctor-log',
      reads: 'logs of runtimes, kubelets, plugins and the journal, in every format',
      covers: [
        'packages/fairlead/src/doctor/formats/log-line.ts',
        'packages/fairlead/src/doctor/formats/journal-export.ts',
      ],
      samples: [
        text(LINES),
        text(JOURNAL),
        evidence('seed-incident/kubelet.log'),
        evidence('containerd-2.0.1-hang/containerd.log'),
      ],
      cost: 16,
      feed: async (input) => {
        readLogLine(input.toString())
        return feedFile('kubelet.log', input)
      },
    },
    {
      name: 'doctor-dump',
      reads: 'goroutine dumps, as files and within logs',
      covers: ['packages/fairlead/src/doctor/goroutines/goroutine.ts'],
      samples: [
        evidence('containerd-2.0.1-hang/goroutines.txt', 0, 4096),
        evidence('containerd-2.0.1-hang/goroutines.grouped.txt', 0, 4096),
        text(
          String.raw`time="2025-11-25T04:00:22Z" level=info msg="=== BEGIN goroutine stack dump ===\ngoroutine 1 [sync.RWMutex.RLock, 2 minutes]:\ngithub.com/containerd/go-cni.(*libcni).Status(0xc000)\n\t/x/cni.go:97 +0x25\n\n=== END goroutine stack dump ==="` +
            '\nlast line\n',
        ),
      ],
      cost: 8,
      feed: async (input) => {
        const reader = new DumpReader()
        const source = input.toString()
        reader.push(source.slice(0, source.length >> 1))
        reader.push(source.slice(source.length >> 1))
        reader.end()
        await feedFile('goroutines.txt', input)
        return reader.take().length > 0
      },
    },
    {
      name: 'doctor-objects',
      reads: 'outputs of kubectl: objects in YAML and JSON, descriptions',
      covers: [
        'packages/fairlead/src/doctor/describe-reader.ts',
        'packages/fairlead/src/doctor/objects/object-facts.ts',
        'packages/fairlead/src/doctor/objects/object-reader.ts',
        'packages/fairlead/src/doctor/objects/json-objects.ts',
      ],
      samples: [
        json({ apiVersion: 'v1', kind: 'List', items: [NODE, POD] }),
        yaml(YAML_LIST),
        evidence('seed-incident/node.txt'),
      ],
      cost: 16,
      feed: (input) => feedFile('nodes.yaml', input),
    },
    {
      name: 'doctor-evidence',
      reads: 'evidence that an agent kept',
      covers: ['packages/fairlead/src/doctor/kept-evidence.ts'],
      samples: [
        json(
          JSON.parse(
            keptEvidenceText(
              new Date(0),
              [
                { kind: 'probe', probe: 'status-silent', text: 'x', place: { source: 'y' } },
                {
                  kind: 'version',
                  component: 'containerd',
                  version: '2.0.1',
                  place: { source: 'y' },
                },
              ],
              { repair: 'restart' },
            ),
          ),
        ),
      ],
      cost: 16,
      feed: (input) => feedFile('evidence.json', input),
    },
    {
      name: 'doctor-archive',
      reads: 'support bundles: tar, gzip, zstd and zip, within each other',
      covers: [
        'packages/fairlead/src/doctor/sources/tar.ts',
        'packages/fairlead/src/doctor/sources/unpack.ts',
        'packages/fairlead/src/doctor/sources/zip.ts',
      ],
      samples: [
        text(
          tarOf([
            { path: 'a/kubelet.log', content: LINES },
            { path: 'l', content: '', type: '2' },
          ]),
        ),
        text(tarOf([{ path: `${'x/'.repeat(80)}kubelet.log`, content: LINES }])),
        text(gzipSync(tarOf([{ path: 'a.log.gz', content: gzipSync(LINES) }]))),
        text(zstdCompressSync(tarOf([{ path: 'a.log', content: LINES }]))),
        text(
          zipOf([
            { path: 'a.log', content: LINES },
            { path: 'b.tar', content: tarOf([]) },
          ]),
        ),
      ],
      cost: 32,
      feed: async (input) => {
        const given = scratchFile('bundle', input)
        return report(await filesSource(given, (file) => new FileReader(file, landmarks)))
      },
    },
    {
      name: 'procfs',
      reads:
        'procfs: names, arguments and environments of processes, which those choose themselves',
      covers: ['packages/fairlead/src/node-processes.ts'],
      samples: [
        text('4711 (cilium-cni) S 1 0 0 0 0 0 0 0 0 0 0 1 2 0 0 0 0 0 0 90000 0 0\n'),
        text('CNI_COMMAND=ADD\0CNI_CONTAINERID=abc\0CNI_ARGS=K8S_POD_NAMESPACE=a;K8S_POD_NAME=b\0'),
        text('/opt/cni/bin/cilium-cni\0--config\0x\0'),
      ],
      feed: (input) => {
        mkdirSync(path.join(scratchDir(), 'proc/4711'), { recursive: true })
        scratchFile('proc/uptime', '1000.00 2000.00\n')
        for (const name of ['stat', 'environ', 'cmdline']) scratchFile(`proc/4711/${name}`, input)
        const seen = readProcesses(path.join(scratchDir(), 'proc')).all.get(4711)
        demand(
          seen === undefined || printable(seen.name) === seen.name,
          'a name that is not printable',
        )
        return seen?.cni !== undefined
      },
    },
  ]
}

const YAML_LIST = `apiVersion: v1
items:
- apiVersion: v1
  kind: Node
  metadata:
    name: worker-1
    annotations: {a: "b"}
  status:
    conditions:
    - lastTransitionTime: "2025-11-25T04:00:21Z"
      message: container runtime is down
      reason: KubeletNotReady
      status: "False"
      type: Ready
    nodeInfo:
      containerRuntimeVersion: containerd://2.0.1
      kubeletVersion: v1.32.1
- apiVersion: v1
  kind: Event
  involvedObject: {kind: Node, name: worker-1}
  message: "Failed to create pod sandbox: cni plugin not initialized"
  reason: FailedCreatePodSandBox
  lastTimestamp: "2025-11-25T04:00:21Z"
kind: List
metadata:
  resourceVersion: ""
`
