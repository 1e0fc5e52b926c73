import { type CniOutcome, failure, success, textOf } from '../errors.ts'
import { DEFAULT_VERSION, isSpecVersion, type SpecVersion, SPEC_VERSIONS } from '../versions.ts'
import { canonicalCidr, canonicalIp } from './ip.ts'
import type { Dns, Interface, IpConfig, Result, Route } from './result.ts'
import {
  asObject,
  asText,
  canonicalAt,
  countAt,
  FormError,
  integerAt,
  isJsonObject,
  type JsonObject,
  listOf,
  optionalObject,
  required,
  textAt,
  valueAt,
} from './value-reader.ts'

/**
 * Reads the text of a result of any spec version. A result without `cniVersion` is of
 * `defaultVersion`: that of the configuration it answers (containernetworking/cni#895), or 0.1.0.
 *
 * Fails with FL_CNI_PLUGIN_GARBAGE for what is no result, FL_CNI_VERSION for one of a version that
 * this package does not know.
 */
export function parseResult(
  text: string,
  defaultVersion: string = DEFAULT_VERSION,
): CniOutcome<Result> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    return failure('FL_CNI_PLUGIN_GARBAGE', `a result is not JSON: ${textOf(error)}`, {
      details: excerpt(text),
      cause: error,
    })
  }
  return resultOf(value, defaultVersion)
}

/** As {@link parseResult}, of JSON that is parsed already. */
export function resultOf(value: unknown, defaultVersion: string): CniOutcome<Result> {
  // libcni takes `null` for a result without anything in it (v1.3 pkg/invoke/exec.go).
  const object = value ?? {}
  if (!isJsonObject(object)) {
    return failure('FL_CNI_PLUGIN_GARBAGE', 'a result is not a JSON object')
  }
  const declared = valueAt(object, 'cniVersion')
  const version = typeof declared === 'string' && declared !== '' ? declared : defaultVersion
  if (!isSpecVersion(version)) {
    return failure('FL_CNI_VERSION', `results of version "${version}" are not known`, {
      hint: `Known are ${SPEC_VERSIONS.join(', ')}.`,
    })
  }
  try {
    return success(READERS[version](object, version))
  } catch (error) {
    if (!(error instanceof FormError)) throw error
    return failure('FL_CNI_PLUGIN_GARBAGE', `a result has not the form of ${version}`, {
      details: error.message,
      cause: error,
    })
  }
}

/** The beginning of an output, for an error. */
function excerpt(text: string): string {
  const limit = 200
  return text.length <= limit ? text : `${text.slice(0, limit)}... (${text.length} characters)`
}

const READERS: Readonly<Record<SpecVersion, (object: JsonObject, version: SpecVersion) => Result>> =
  {
    '0.1.0': readByFamily,
    '0.2.0': readByFamily,
    '0.3.0': readFlat,
    '0.3.1': readFlat,
    '0.4.0': readFlat,
    '1.0.0': readFlat,
    '1.1.0': readFlat,
  }

/** 0.1.0 and 0.2.0: one address of each family, with its routes. */
function readByFamily(object: JsonObject, cniVersion: SpecVersion): Result {
  const families = ['ip4', 'ip6']
    .map((key) => ({ key, value: valueAt(object, key) }))
    .filter(({ value }) => value !== undefined)
    .map(({ key, value }) => ({ key, family: asObject(value, key) }))
  return {
    cniVersion,
    interfaces: [],
    ips: families.map(({ key, family }) => ({
      address: readCidr(valueAt(family, 'ip'), `${key}.ip`),
      ...canonicalAt(family, 'gateway', key, canonicalIp),
    })),
    routes: families.flatMap(({ key, family }) => listOf(family, 'routes', `${key}.`, readRoute)),
    dns: readDns(object),
  }
}

/** 0.3.0 and newer. What 1.1.0 added to the form is read in every version, as libcni does from 1.0.0. */
function readFlat(object: JsonObject, cniVersion: SpecVersion): Result {
  return {
    cniVersion,
    interfaces: listOf(object, 'interfaces', '', readInterface),
    ips: listOf(object, 'ips', '', readIp),
    routes: listOf(object, 'routes', '', readRoute),
    dns: readDns(object),
  }
}

function readInterface(value: unknown, where: string): Interface {
  const object = asObject(value, where)
  return {
    name: asText(valueAt(object, 'name') ?? '', `${where}.name`),
    ...textAt(object, 'mac', where),
    ...countAt(object, 'mtu', where),
    ...textAt(object, 'sandbox', where),
    ...textAt(object, 'socketPath', where),
    ...textAt(object, 'pciID', where),
  }
}

function readIp(value: unknown, where: string): IpConfig {
  const object = asObject(value, where)
  return {
    address: readCidr(valueAt(object, 'address'), `${where}.address`),
    ...canonicalAt(object, 'gateway', where, canonicalIp),
    ...integerAt(object, 'interface', where),
  }
}

function readRoute(value: unknown, where: string): Route {
  const object = asObject(value, where)
  return {
    dst: readCidr(valueAt(object, 'dst'), `${where}.dst`),
    ...canonicalAt(object, 'gw', where, canonicalIp),
    ...countAt(object, 'mtu', where),
    ...countAt(object, 'advmss', where),
    ...countAt(object, 'priority', where),
    ...integerAt(object, 'table', where),
    ...integerAt(object, 'scope', where),
  }
}

function readDns(result: JsonObject): Dns {
  const dns = optionalObject(result, 'dns', '')
  return {
    ...listAt('nameservers', dns),
    ...textAt(dns, 'domain', 'dns'),
    ...listAt('search', dns),
    ...listAt('options', dns),
  }
}

function listAt(key: 'nameservers' | 'search' | 'options', dns: JsonObject): Dns {
  const texts = listOf(dns, key, 'dns.', asText)
  return texts.length === 0 ? {} : { [key]: texts }
}

function readCidr(value: unknown, where: string): string {
  return required(asText(value, where), where, canonicalCidr)
}
