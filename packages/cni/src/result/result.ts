import type { SpecVersion } from '../versions.ts'

/**
 * What ADD came to, in the form of CNI spec 1.1.0 section 5 ("ADD Success") whatever version it was
 * given in. Addresses are in their canonical spelling.
 */
export interface Result {
  /** The version of the form that the plugin gave it in, and in which it is passed on. */
  readonly cniVersion: SpecVersion
  readonly interfaces: readonly Interface[]
  readonly ips: readonly IpConfig[]
  readonly routes: readonly Route[]
  readonly dns: Dns
}

/** An interface that the attachment made, in the container or on the host. */
export interface Interface {
  readonly name: string
  readonly mac?: string
  readonly mtu?: number
  /** The network namespace's path; absent for an interface on the host. */
  readonly sandbox?: string
  readonly socketPath?: string
  readonly pciID?: string
}

/** An address that the attachment was given. */
export interface IpConfig {
  /** In CIDR notation. */
  readonly address: string
  readonly gateway?: string
  /** Index into the result's `interfaces`. */
  readonly interface?: number
}

/** A route that the attachment made. */
export interface Route {
  /** In CIDR notation. */
  readonly dst: string
  readonly gw?: string
  readonly mtu?: number
  readonly advmss?: number
  readonly priority?: number
  readonly table?: number
  readonly scope?: number
}

/** What a resolver in the container would be told. */
export interface Dns {
  readonly nameservers?: readonly string[]
  readonly domain?: string
  readonly search?: readonly string[]
  readonly options?: readonly string[]
}
