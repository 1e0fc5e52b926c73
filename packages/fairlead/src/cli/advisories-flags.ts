import { COMPONENTS, type Component } from '../advisories/component.ts'
import { LANGUAGES } from '../language.ts'

/** `--lang`. */
export const langFlag = {
  kind: 'enum',
  values: LANGUAGES,
  optional: true,
  brief: 'The language to tell it in [default: that of the locale]',
} as const

const flags: Partial<Record<Component, VersionFlag>> = {}
for (const component of COMPONENTS) {
  flags[component] = {
    kind: 'parsed',
    parse: String,
    optional: true,
    brief: `The version of ${component}`,
    placeholder: 'version',
  }
}

/** A flag for each component, which takes its version: `--containerd 2.0.1`. */
// The loop above has made one for each.
export const componentFlags = flags as Record<Component, VersionFlag>

interface VersionFlag {
  readonly kind: 'parsed'
  readonly parse: (text: string) => string
  readonly optional: true
  readonly brief: string
  readonly placeholder: string
}

/** What {@link componentFlags} parse to. */
export type ComponentVersions = { readonly [component in Component]?: string }
