import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pipeline } from 'node:stream/promises'
import { FairleadError, messageOf } from '../errors.ts'
import { htmlPage } from '../html.ts'
import type { KubeApi } from '../kube/api.ts'
import { pageAsset } from '../page-asset.ts'
import type { Clock } from '../ports.ts'
import { Access } from './access.ts'
import { streamNode } from './node-stream.ts'
import type { NodeWatch } from './node-watch.ts'
import { answerOfRuns } from './run-answers.ts'
import type { Runs } from './runs.ts'
import { upgradesOf } from './upgrades.ts'

/** A server that answers on loopback until it is disposed of. */
export interface UiServer extends AsyncDisposable {
  /** With the token, for whoever may see the page. */
  readonly url: string
}

/** What the server shows, and where. */
export interface UiOptions {
  /** 0 takes any that is free. */
  readonly port: number
  readonly watch: NodeWatch
  readonly runs: Runs
  /** Finds the cluster and connects to it. */
  readonly connect: () => Promise<KubeApi & Disposable>
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** Of a request, until its headers are here; it has no body that anybody would read. */
const REQUEST_TIMEOUT_MS = 5_000
/** How often is looked whether one takes longer. */
const CHECK_EVERY_MS = 1_000
const CONNECTIONS_MAX = 64

/**
 * Serves the page on 127.0.0.1. It only answers whoever has the token, asks nothing of any other host, and
 * changes nothing.
 *
 * @throws {FairleadError} FL_SOCKET when the port cannot be had.
 */
export async function serveUi(options: UiOptions): Promise<UiServer> {
  const [script, style] = await Promise.all([
    pageAsset('live-ui', 'ui.js'),
    pageAsset('live-ui', 'ui.css'),
  ])
  const ended = new AbortController()
  const signal = AbortSignal.any([options.signal, ended.signal])
  const server = createServer({
    requestTimeout: REQUEST_TIMEOUT_MS,
    headersTimeout: REQUEST_TIMEOUT_MS,
    connectionsCheckingInterval: CHECK_EVERY_MS,
  })
  server.maxConnections = CONNECTIONS_MAX
  await listening(server, options.port)
  // A server that listens on TCP has an address of this form.
  const { port } = server.address() as AddressInfo
  const access = new Access(port)

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value)
    const { host, cookie } = request.headers
    if (!access.isOwnHost(host)) {
      return say(response, 403, 'This page is at localhost and 127.0.0.1 only.')
    }
    if (request.method !== 'GET') return say(response, 405, 'There is nothing here but to read.')
    // Not as a URL: what begins with two slashes would name another host.
    const [pathname = '', query = ''] = (request.url ?? '').split('?')
    const token = new URLSearchParams(query).get('token')
    if (access.isToken(token)) {
      // The token goes on as a cookie, so that it stays in no address bar and no history.
      response.setHeader('set-cookie', access.setCookie())
      const page = PAGES.test(pathname) ? pathname : '/'
      response.setHeader('location', page)
      return say(response, 303, page)
    }
    if (!access.isKnown(cookie)) return say(response, 401, NO_TOKEN)
    if (PAGES.test(pathname)) return send(response, 'text/html', PAGE)
    if (pathname === '/ui.js') return send(response, 'text/javascript', script)
    if (pathname === '/ui.css') return send(response, 'text/css', style)
    if (pathname === '/api/node') return streamNode(request, response, { ...options, signal })
    if (pathname === '/api/upgrades') {
      const upgrades = await upgradesOf(options.connect, signal)
      return send(response, 'application/json', JSON.stringify(upgrades))
    }
    const found = await answerOfRuns(pathname, options.runs)
    if (found === undefined) return say(response, 404, 'There is nothing of this name.')
    if (typeof found.content === 'string') return send(response, found.type, found.content)
    response.setHeader('content-type', `${found.type}; charset=utf-8`)
    await pipeline(found.content, response, { signal })
  }

  server.on('request', (request, response) => {
    answer(request, response).catch((error: unknown) => {
      // Whoever asked may have gone in the middle of a file.
      if (response.headersSent) response.destroy()
      else say(response, 500, messageOf(error))
    })
  })
  return {
    url: `http://127.0.0.1:${port}/?token=${access.token}`,
    [Symbol.asyncDispose]: async () => {
      ended.abort()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function listening(server: ReturnType<typeof createServer>, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      reject(
        new FairleadError('FL_SOCKET', `127.0.0.1:${port} cannot be served: ${messageOf(error)}.`, {
          hint: 'Name another port by --port; 0 takes any that is free.',
          cause: error,
        }),
      )
    })
    server.listen({ host: '127.0.0.1', port }, resolve)
  })
}

function say(response: ServerResponse, status: number, text: string): void {
  response.statusCode = status
  send(response, 'text/plain', `${text}\n`)
}

function send(response: ServerResponse, type: string, content: string): void {
  response.setHeader('content-type', `${type}; charset=utf-8`)
  response.end(content)
}

const NO_TOKEN =
  'Open the address that `fairlead ui` has printed: it holds a token, which is another one after each start.'

/** Nothing is asked of another host, nothing runs but the page's own script, nobody frames it. */
const HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
}

/** One page, which draws itself by its address. */
const PAGES = /^\/(?:upgrades|runs(?:\/[^/]+)?)?$/

const PAGE = htmlPage({
  title: 'Fairlead',
  head: '<link rel="stylesheet" href="/ui.css">',
  body: `<div id="app"></div>
<noscript>This page needs JavaScript; \`fairlead agent status\` and \`fairlead doctor\` do not.</noscript>
<script type="module" src="/ui.js"></script>`,
})
