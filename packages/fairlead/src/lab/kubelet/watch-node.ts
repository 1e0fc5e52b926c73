/**
 * A program that runs in a trial's node, where its API server can be reached: waits until it serves, then
 * prints the Ready condition of the Node object whenever it changes, one JSON object a line. Takes the URL of the
 * API server, a token and the name of the node.
 */
import { request } from 'node:https'
import type { IncomingMessage } from 'node:http'
import { createInterface } from 'node:readline'
import { systemClock } from '../../ports.ts'

const [url = '', token = '', node = ''] = process.argv.slice(2)
const RETRY_MS = 100

let last = ''
while (!(await isServing())) await systemClock.sleep(RETRY_MS)
print({ serving: true })
for (;;) {
  await watch().catch(() => {
    // The API server went away; it may come back.
  })
  await systemClock.sleep(RETRY_MS)
}

async function isServing(): Promise<boolean> {
  const response = await get('/readyz').catch(() => undefined)
  response?.resume()
  return response?.statusCode === 200
}

/** Without a resourceVersion a watch begins with what is there (Kubernetes API concepts, "Watch"). */
async function watch(): Promise<void> {
  const field = encodeURIComponent(`metadata.name=${node}`)
  const response = await get(`/api/v1/nodes?watch=true&fieldSelector=${field}`)
  for await (const line of createInterface({ input: response })) {
    const event: unknown = JSON.parse(line)
    const condition = conditions(event).find((candidate) => at(candidate, 'type') === 'Ready')
    if (condition === undefined) continue
    const [status, reason, message] = ['status', 'reason', 'message'].map((key) =>
      at(condition, key),
    )
    print({ ready: { status, reason, message } })
  }
}

function conditions(event: unknown): readonly unknown[] {
  const found = at(at(at(event, 'object'), 'status'), 'conditions')
  return Array.isArray(found) ? found : []
}

function at(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined
}

function get(path: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request(
      new URL(path, url),
      { rejectUnauthorized: false, headers: { authorization: `Bearer ${token}` } },
      resolve,
    )
      .once('error', reject)
      .end()
  })
}

function print(value: unknown): void {
  const line = JSON.stringify(value)
  if (line === last) return
  last = line
  process.stdout.write(`${line}\n`)
}
