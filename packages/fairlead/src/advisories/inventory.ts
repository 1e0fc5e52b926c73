import { FairleadError } from '../errors.ts'
import { COMPONENTS, type Component } from './component.ts'
import { type Distributions, type Implied, impliedBy } from './distributions.ts'
import type { Inventory } from './exposure.ts'
import { parseVersion } from './version.ts'

/** A step of one component. */
export interface Step {
  readonly component: Component
  readonly from: string
  readonly to: string
}

/** An inventory, and what of it nobody gave. */
export interface Completed {
  readonly versions: Inventory
  readonly implied: readonly Implied[]
}

/** An inventory with what its distributions bring. */
export function complete(given: Inventory, distributions: Distributions): Completed {
  const implied = impliedBy(given, distributions)
  const versions = new Map(given)
  for (const { component, version } of implied) versions.set(component, version)
  return { versions, implied }
}

/**
 * A version that somebody gives for a component.
 *
 * @throws {FairleadError} FL_USAGE for what is no version.
 */
export function checkedVersion(component: Component, text: string): string {
  if (parseVersion(text) !== undefined) return text.trim()
  throw new FairleadError('FL_USAGE', `"${text}" is no version of ${component}.`, {
    hint: 'Write it as it reports itself, with major and minor: 2.0.1, v1.32.2+k3s1, 1.6.20~ds1-1+deb12u1.',
  })
}

/**
 * Parses a step such as `containerd=2.0.1:2.3.4`.
 *
 * @throws {FairleadError} FL_USAGE.
 */
export function parseStep(text: string): Step {
  const [, name, from, to] = /^([a-z0-9-]+)=(.+):(.+)$/.exec(text) ?? []
  if (name === undefined || from === undefined || to === undefined) {
    throw new FairleadError('FL_USAGE', `"${text}" is no upgrade.`, {
      hint: 'Write the component and both versions: containerd=2.0.1:2.3.4.',
    })
  }
  const component = COMPONENTS.find((known) => known === name)
  if (component === undefined) {
    throw new FairleadError('FL_USAGE', `There is no component "${name}".`, {
      hint: `Name one of ${COMPONENTS.join(', ')}.`,
    })
  }
  return { component, from: checkedVersion(component, from), to: checkedVersion(component, to) }
}
