import { type CniOutcome, failure, success } from '../errors.ts'
import { isSpecVersion, type SpecVersion } from '../versions.ts'
import { isCanonicalIPv4 } from './ip.ts'
import { resultOf } from './parse-result.ts'
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

/**
 * A result as one of another version; what that form has no place for is lost. Fails with
 * FL_CNI_VERSION as {@link formatResult} does, and for a version that this package does not know.
 */
export function convertResult(result: Result, version: string): CniOutcome<Result> {
  if (result.cniVersion === version) return success(result)
  if (!isSpecVersion(version)) {
    return failure('FL_CNI_VERSION', `results of version "${version}" are not known`)
  }
  const form = formatResult(result, version)
  return form.ok ? resultOf(form.value, version) : form
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

function byFamily(result: Result, cniVersion: SpecVersion) {
  const isV6 = (text: string) => !isCanonicalIPv4(text)
  const first4 = result.ips.find(({ address }) => isCanonicalIPv4(address))
  const first6 = result.ips.find(({ address }) => isV6(address))
  const ip4 = first4 && familyOf(first4, routesOf(result, isCanonicalIPv4, first6 === undefined))
  const ip6 = first6 && familyOf(first6, routesOf(result, isV6, first4 === undefined))
  return {
    cniVersion,
    ...(ip4 === undefined ? {} : { ip4 }),
    ...(ip6 === undefined ? {} : { ip6 }),
    dns: result.dns,
  }
}

/**
 * The routes of one family; `isOnly` says that there is no other. What came in such a form goes on
 * with all it had, as libcni passes it on; of a newer one only what the old form knows.
 */
function routesOf(
  { cniVersion, routes }: Result,
  isOfFamily: (text: string) => boolean,
  isOnly: boolean,
): readonly Route[] {
  if (isByFamily(cniVersion)) return routes.filter(({ dst }) => isOnly || isOfFamily(dst))
  return routes
    .filter(({ dst }) => isOfFamily(dst))
    .map(({ dst, gw }) => (gw === undefined ? { dst } : { dst, gw }))
}

function familyOf(first: IpConfig, own: readonly Route[]) {
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
