import type { SpecVersion } from '../versions.ts'

/**
 * What ADD came to, in the form of CNI spec 1.1.0 section 5 ("ADD Success") whatever version it was
 * given in. Addresses are in their canonical spelling.
 */
export interface Result {
  /** The version of the form that the plugin gave it in, and in which it is passed on. */
  readonly cniVersion: SpecVersion
  /** In the order that the plugin gave; addresses point into it. */
  readonly interfaces: readonly Interface[]
  /** Every address that was given. */
  readonly ips: readonly IpConfig[]
  /** Every route that was made. */
  readonly routes: readonly Route[]
  /** What was said of name resolution; empty where nothing was. */
  readonly dns: Dns
}

/** An interface that the attachment made, in the container or on the host. */
export interface Interface {
  /** As the kernel has it. */
  readonly name: string
  /** Its hardware address. */
  readonly mac?: string
  /** In bytes. */
  readonly mtu?: number
  /** The network namespace's path; absent for an interface on the host. */
  readonly sandbox?: string
  /** The socket of an interface in user space. */
  readonly socketPath?: string
  /** The PCI address of a device that was handed over. */
  readonly pciID?: string
}

/** An address that the attachment was given. */
export interface IpConfig {
  /** In CIDR notation. */
  readonly address: string
  /** The default gateway of its subnet, without a prefix length. */
  readonly gateway?: string
  /** Index into the result's `interfaces`. */
  readonly interface?: number
}

/** A route that the attachment made. */
export interface Route {
  /** In CIDR notation. */
  readonly dst: string
  /** The next hop; where it is absent a plugin may take the gateway of an address. */
  readonly gw?: string
  /** In bytes. */
  readonly mtu?: number
  /** The maximal segment size to advertise, in bytes. */
  readonly advmss?: number
  /** Lower comes first. */
  readonly priority?: number
  /** The number of the routing table. */
  readonly table?: number
  /** The kernel's number: 0 global, 253 link, 254 host. */
  readonly scope?: number
}

/** What a resolver in the container would be told. */
export interface Dns {
  /** Addresses, in order of preference. */
  readonly nameservers?: readonly string[]
  /** The local domain, for short names. */
  readonly domain?: string
  /** Domains to look short names up in, in order. */
  readonly search?: readonly string[]
  /** As in `resolv.conf`. */
  readonly options?: readonly string[]
}
