import { type CniOutcome, failure, success } from '../errors.ts'
import type { SpecVersion } from '../versions.ts'
import { isCanonicalIPv4 } from './ip.ts'
import type { Dns, Interface, IpConfig, Result, Route } from './result.ts'

/**
 * A result in the form of a spec version, ready for `JSON.stringify`. What an older form has no
 * place for is left out: interfaces and all but the first address of each family before 0.3.0, `mtu`,
 * `socketPath` and `pciID` of an interface before 1.0.0 (libcni v1.3 pkg/types).
 *
 * Fails with FL_CNI_VERSION where the result cannot be said at all: a result of another form without
 * an address, before 0.3.0.
 */
export function formatResult(
  result: Result,
  version: SpecVersion,
): CniOutcome<Readonly<Record<string, unknown>>> {
  if (!isByFamily(version)) return success(flat(result, version))
  if (result.ips.length === 0 && !isByFamily(result.cniVersion)) {
    return failure('FL_CNI_VERSION', `a result without an address has no form in ${version}`)
  }
  return success(byFamily(result, version))
}

/** The JSON of a result in the version it was given in, which always can be said. */
export function resultJson(result: Result): string {
  return JSON.stringify(
    isByFamily(result.cniVersion)
      ? byFamily(result, result.cniVersion)
      : flat(result, result.cniVersion),
  )
}

function isByFamily(version: SpecVersion): boolean {
  return version === '0.1.0' || version === '0.2.0'
}

function byFamily({ ips, routes, dns }: Result, cniVersion: SpecVersion) {
  const ip4 = familyOf(ips, routes, isCanonicalIPv4)
  const ip6 = familyOf(ips, routes, (text) => !isCanonicalIPv4(text))
  return {
    cniVersion,
    ...(ip4 === undefined ? {} : { ip4 }),
    ...(ip6 === undefined ? {} : { ip6 }),
    dns,
  }
}

function familyOf(
  ips: readonly IpConfig[],
  routes: readonly Route[],
  isOfFamily: (text: string) => boolean,
) {
  const first = ips.find(({ address }) => isOfFamily(address))
  if (first === undefined) return undefined
  const own = routes
    .filter(({ dst }) => isOfFamily(dst))
    .map(({ dst, gw }) => (gw === undefined ? { dst } : { dst, gw }))
  return {
    ip: first.address,
    ...(first.gateway === undefined ? {} : { gateway: first.gateway }),
    ...(own.length === 0 ? {} : { routes: own }),
  }
}

function flat({ interfaces, ips, routes, dns }: Result, cniVersion: SpecVersion) {
  const isOld = cniVersion.startsWith('0.')
  return {
    cniVersion,
    ...(interfaces.length === 0
      ? {}
      : { interfaces: isOld ? interfaces.map(oldInterface) : interfaces }),
    ...(ips.length === 0 ? {} : { ips: isOld ? ips.map(oldIp) : ips }),
    ...(routes.length === 0 ? {} : { routes }),
    // The types of libcni before 1.0.0 write `dns` even where it is empty.
    ...(isOld || !isEmpty(dns) ? { dns } : {}),
  }
}

function oldInterface({ name, mac, sandbox }: Interface): Interface {
  return {
    name,
    ...(mac === undefined ? {} : { mac }),
    ...(sandbox === undefined ? {} : { sandbox }),
  }
}

function oldIp(ip: IpConfig) {
  return { version: isCanonicalIPv4(ip.address) ? '4' : '6', ...ip }
}

function isEmpty(dns: Dns): boolean {
  return Object.keys(dns).length === 0
}
