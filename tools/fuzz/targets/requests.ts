import http2 from 'node:http2'
import net from 'node:net'
import path from 'node:path'
import { serveCri } from '@fairlead/cri'
import { serveHttp } from '../../../packages/fairlead/src/health-server.ts'
import { systemClock } from '../../../packages/fairlead/src/ports.ts'
import { SandboxesBed } from '../../../packages/fairlead/src/runtime/sandboxes-fixture.ts'
import { criServices } from '../../../packages/fairlead/src/runtime/services.ts'
import { NodeWatch } from '../../../packages/fairlead/src/ui/node-watch.ts'
import { Runs } from '../../../packages/fairlead/src/ui/runs.ts'
import { serveUi } from '../../../packages/fairlead/src/ui/serve.ts'
import { scratchDir } from '../scratch.ts'
import { demand, type FuzzTarget, text } from '../target.ts'

const { signal } = new AbortController()
/** Stands for the token of a server in the samples. */
const TOKEN = 'TOKEN'
/** A server that has said nothing by then says nothing. */
const SILENT_MS = 400

/** What a server first answers to these bytes; empty where it hangs up, or waits for more. */
function answerTo(port: number, bytes: Buffer): Promise<string> {
  return new Promise((resolve) => {
    let answer = ''
    const signal = AbortSignal.timeout(SILENT_MS)
    const socket = net.connect({ port, host: '127.0.0.1', signal })
    const end = () => {
      socket.destroy()
      resolve(answer)
    }
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1')
      if (answer.includes('\r\n\r\n')) end()
    })
    socket.on('error', end)
    socket.on('close', end)
    socket.end(bytes)
  })
}

/** The status of an answer, which is never one of a server that has failed. */
function statusOf(answer: string): number | undefined {
  if (answer === '') return undefined
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1])
  // 505: another version of HTTP than Node.js speaks.
  demand(status < 500 || status === 503 || status === 505, `it answers ${answer.slice(0, 200)}`)
  return status
}

let ui: Promise<{ readonly port: number; readonly token: string }> | undefined

async function startUi() {
  const options = { socketPath: '/nowhere', agentFile: '/nowhere', confDir: undefined }
  const { url } = await serveUi({
    port: 0,
    watch: new NodeWatch({ ...options, clock: systemClock, signal }),
    runs: new Runs([path.join(scratchDir(), 'none')]),
    connect: () => Promise.reject(new Error('there is no cluster')),
    clock: systemClock,
    signal,
  })
  const { port, searchParams } = new URL(url)
  return { port: Number(port), token: searchParams.get('token') ?? '' }
}

/** Whatever is asked, nobody without the token, or by the name of another host, is shown anything. */
async function feedUi(input: Buffer): Promise<boolean> {
  const { port, token } = await (ui ??= startUi())
  const asked = input.toString('latin1').replaceAll(TOKEN, token).replaceAll('4711', String(port))
  const status = statusOf(await answerTo(port, Buffer.from(asked, 'latin1')))
  if (status === 200 || status === 303) {
    demand(asked.includes(token), 'it shows something without a token')
    demand(
      /host: *(?:localhost|127\.0\.0\.1|\[::1\])/i.test(asked),
      'it shows something to another host',
    )
  }
  return status === 200
}

let agent: Promise<number> | undefined

async function startAgent(): Promise<number> {
  const checks = () => new Map([['runtime', 'it is not Ready']])
  const { address } = await serveHttp('127.0.0.1:0', {
    metrics: () => 'up 1\n',
    healthz: checks,
    readyz: checks,
  })
  return Number(address.split(':').at(-1))
}

/** Requests of HTTP: a line, headers, and whatever else. */
const request = (line: string, ...headers: readonly string[]) =>
  text([line, ...headers, '', ''].join('\r\n'))

/** A field of a message in protobuf: bytes with their length. */
function field(number: number, content: string | Buffer): Buffer {
  const bytes = Buffer.from(content)
  return Buffer.concat([Buffer.from([(number << 3) | 2, bytes.length]), bytes])
}
const METADATA = Buffer.concat([
  field(1, 'web-0'),
  field(2, 'uid'),
  field(3, 'shop'),
  Buffer.from([32, 1]),
])
const CONFIG = Buffer.concat([
  field(1, METADATA),
  field(2, 'host'),
  field(4, Buffer.concat([field(1, '10.0.0.10'), field(2, 'cluster.local')])),
  field(5, Buffer.from([8, 0, 16, 80, 24, 80])),
  field(6, Buffer.concat([field(1, 'app'), field(2, 'web')])),
  field(7, Buffer.concat([field(1, '__proto__'), field(2, 'x')])),
])
const RPC = '/runtime.v1.RuntimeService/'
/** The samples of a call begin with its name. */
const CALLS = [
  'RunPodSandbox',
  'PodSandboxStatus',
  'ListPodSandbox',
  'Status',
  'RemovePodSandbox',
] as const

let cri: Promise<http2.ClientHttp2Session> | undefined

async function startCri(): Promise<http2.ClientHttp2Session> {
  const bed = await SandboxesBed.open()
  const socketPath = path.join(scratchDir(), 'cri.sock')
  const folders = { confDir: '/nowhere', binDirs: [], stateDir: scratchDir() }
  await serveCri(socketPath, criServices(bed.sandboxes, bed.networks, folders))
  return http2.connect('http://localhost', { createConnection: () => net.connect(socketPath) })
}

/** The gRPC status of a call. */
function called(
  session: http2.ClientHttp2Session,
  method: string,
  message: Buffer,
): Promise<{ readonly status: number; readonly told: string }> {
  const frame = Buffer.alloc(5)
  frame.writeUInt32BE(message.length, 1)
  const stream = session.request({
    ':method': 'POST',
    ':path': RPC + method,
    'content-type': 'application/grpc',
    te: 'trailers',
  })
  return new Promise((resolve, reject) => {
    const take = (headers: http2.IncomingHttpHeaders) => {
      const status = headers['grpc-status']
      if (status === undefined) return
      const told = decodeURIComponent(String(headers['grpc-message'] ?? ''))
      resolve({ status: Number(status), told })
    }
    stream.on('response', take)
    stream.on('trailers', take)
    stream.on('error', reject)
    stream.on('close', () => reject(new Error(`${method} has no status`)))
    stream.resume()
    stream.end(Buffer.concat([frame, message]))
  })
}

/** What a pod can be called and labelled never keeps the runtime from listing its sandboxes. */
async function feedCri(input: Buffer): Promise<boolean> {
  const session = await (cri ??= startCri())
  const method = CALLS.find((name) => input.toString('latin1').startsWith(name)) ?? 'RunPodSandbox'
  const message = input.subarray(input.indexOf('\n') + 1)
  const { status, told } = await called(session, method, message)
  // 13 is gRPC's for a message that is none in protobuf, and ours where a failure is nobody's.
  demand(status !== 13 || told.startsWith('parse binary'), `${method} ends with ${status}: ${told}`)
  demand(status !== 12, `${method} is not there`)
  const listed = await called(session, 'ListPodSandbox', Buffer.alloc(0))
  demand(listed.status === 0, `after it, a list of sandboxes ends with ${listed.told}`)
  return status === 0
}

export function requestTargets(): readonly FuzzTarget[] {
  return [
    {
      name: 'ui-requests',
      reads: 'requests to `fairlead ui`, of any program and any page on this machine',
      covers: ['packages/fairlead/src/ui/serve.ts', 'packages/fairlead/src/ui/access.ts'],
      samples: [
        request('GET /?token=TOKEN HTTP/1.1', 'Host: localhost:4711'),
        request(
          'GET /runs HTTP/1.1',
          'Host: 127.0.0.1:4711',
          'Cookie: a=b; fairlead-ui-4711=TOKEN',
        ),
        request(
          'GET /api/runs/%2e%2e/x/trace HTTP/1.1',
          'Host: [::1]',
          'Cookie: fairlead-ui-4711=TOKEN',
        ),
        request(
          'GET /api/node HTTP/1.1',
          'Host: localhost',
          'Cookie: fairlead-ui-4711=TOKEN',
          'Last-Event-ID: 3',
        ),
        request(
          'GET http://evil.example/ui.js HTTP/1.1',
          'Host: evil.example',
          'Cookie: fairlead-ui-4711=TOKEN',
        ),
        request(
          'POST /api/runs HTTP/1.1',
          'Host: localhost',
          'Content-Length: 3',
          'Transfer-Encoding: chunked',
        ),
      ],
      cost: 32,
      feed: feedUi,
    },
    {
      name: 'agent-requests',
      reads: "requests to the agent's HTTP: /metrics, /healthz, /readyz",
      covers: ['packages/fairlead/src/health-server.ts'],
      samples: [
        request('GET /metrics HTTP/1.1', 'Host: localhost'),
        request('HEAD /healthz?verbose HTTP/1.1', 'Host: x', 'Connection: close'),
        request('POST /readyz HTTP/1.1', 'Host: x', 'Content-Length: 3'),
      ],
      cost: 32,
      feed: async (input) => {
        const status = statusOf(await answerTo(await (agent ??= startAgent()), input))
        return status === 200 || status === 503
      },
    },
    {
      name: 'cri-requests',
      reads: 'calls to the CRI of `fairlead runtime serve`',
      covers: ['packages/cri/src/server.ts', 'packages/fairlead/src/runtime/services.ts'],
      samples: [
        text(Buffer.concat([Buffer.from('RunPodSandbox\n'), field(1, CONFIG), field(2, '')])),
        text(Buffer.concat([Buffer.from('PodSandboxStatus\n'), field(1, 'abc')])),
        text(Buffer.concat([Buffer.from('RemovePodSandbox\n'), field(1, 'abc')])),
        text(Buffer.concat([Buffer.from('ListPodSandbox\n'), field(1, field(1, 'abc'))])),
        text(Buffer.concat([Buffer.from('Status\n'), Buffer.from([8, 1])])),
      ],
      cost: 32,
      feed: feedCri,
    },
  ]
}
