import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/** Who may see the page: whoever has the token, through a name of this machine's own. */
export class Access {
  readonly token: string
  /** Browsers keep cookies by name and host, whatever the port: two pages at once need two names. */
  readonly #cookie: string

  constructor(port: number, token: string = randomBytes(32).toString('base64url')) {
    this.token = token
    this.#cookie = `fairlead-ui-${port}`
  }

  /** Whether the `Host` of a request names loopback. A page that rebinds its own name's DNS sends its own. */
  isOwnHost(host: string | undefined): boolean {
    return /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/i.test(host ?? '')
  }

  isToken(text: string | null): boolean {
    return text !== null && timingSafeEqual(digest(text), digest(this.token))
  }

  /** Whether the `Cookie` of a request holds the token. */
  isKnown(cookies: string | undefined): boolean {
    const pairs = (cookies ?? '').split(/; */)
    return pairs.some((pair) => {
      const [name, value = ''] = pair.split('=')
      return name === this.#cookie && this.isToken(value)
    })
  }

  /** `Set-Cookie` for who brought the token. Lax, so that a link to the page works from a chat, too. */
  setCookie(): string {
    return `${this.#cookie}=${this.token}; Path=/; HttpOnly; SameSite=Lax`
  }
}

/** Of one length whatever was sent, as the comparison in constant time wants it. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
