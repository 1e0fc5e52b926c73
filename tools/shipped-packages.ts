import { readFile } from 'node:fs/promises'

/** A package as a lock file has it. */
export interface LockedPackage {
  readonly version: string
  readonly resolved?: string
  readonly integrity?: string
  readonly license?: string
  readonly link?: boolean
  readonly hasInstallScript?: boolean
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

/** A lock file of npm (lockfileVersion 3): packages by their place below its folder. */
export type LockFile = Readonly<Record<string, LockedPackage>>

export async function lockFile(file: string): Promise<LockFile> {
  const { packages }: { readonly packages: LockFile } = JSON.parse(await readFile(file, 'utf8'))
  return packages
}

/** What the pages of `report-ui` and `live-ui` are built with, and hold after that. */
const BUILT_IN: readonly string[] = ['preact', '@preact/signals']

/**
 * The packages of others that a user of Fairlead gets, by `name@version`: what its packages depend on, in all, and what
 * is built into its pages.
 */
export function shippedPackages(locked: LockFile): ReadonlyMap<string, LockedPackage> {
  const shipped = new Map<string, LockedPackage>()
  const add = (name: string, from: string): void => {
    const [place, found] = placeOf(locked, name, from)
    if (found.link !== true) {
      const key = `${name}@${found.version}`
      if (shipped.has(key)) return
      shipped.set(key, found)
    }
    const target = found.link === true ? (found.resolved ?? '') : place
    const { dependencies = {}, optionalDependencies = {} } = locked[target] ?? found
    for (const inner of Object.keys({ ...dependencies, ...optionalDependencies }))
      add(inner, target)
  }
  for (const name of ['fairlead', ...BUILT_IN]) add(name, '')
  return shipped
}

/** Node's way to find a package: in the folder of whoever asks, then in those above it. */
function placeOf(locked: LockFile, name: string, from: string): readonly [string, LockedPackage] {
  for (let above = from; ; above = above.slice(0, Math.max(0, above.lastIndexOf('/')))) {
    const place = `${above === '' ? '' : `${above}/`}node_modules/${name}`
    const found = locked[place]
    if (found !== undefined) return [place, found]
    if (above === '') throw new Error(`the lock file has no ${name} for ${from}`)
  }
}
