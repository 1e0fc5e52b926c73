/** The texts of configuration files by their names. */
export type Files = ReadonlyMap<string, string>

/**
 * One step on the way from what a conf dir holds to what it shall hold.
 *
 * - `bring`: a file is moved in from outside, over one of its name if there is one. containerd sees a
 *   CREATE, which it ignores.
 * - `bring-and-load`: it is moved in under a name that is no config's, and renamed in the folder.
 *   containerd sees a RENAME: it loads the folder once.
 * - `remove-and-load`: a file is removed. containerd sees a REMOVE: it loads the folder once.
 *
 * (internal/cri/server/cni_conf_syncer.go of containerd v2.3.4, pkg/cri/server of v1.6 and v1.7: CREATE
 * and CHMOD are ignored, any other event loads. CRI-O loads at a CREATE as well, and bears it.)
 */
export type Move =
  | { readonly kind: 'bring' | 'bring-and-load'; readonly file: string; readonly text: string }
  | { readonly kind: 'remove-and-load'; readonly file: string }

/**
 * The moves that lead from `current` to `wanted`, with as few loads as there can be: one, or one for each
 * file that goes. Whatever is loaded on the way is a set of whole files, and the last load is of the
 * whole of `wanted`.
 */
export function movesBetween(current: Files, wanted: Files): readonly Move[] {
  const changed = [...wanted].filter(([file, text]) => current.get(file) !== text)
  const gone = [...current.keys()].filter((file) => !wanted.has(file))
  const removals = gone.map((file): Move => ({ kind: 'remove-and-load', file }))
  const last = removals.length === 0 ? changed.length - 1 : Number.NaN
  const brought = changed.map(([file, text], index): Move => ({
    kind: index === last ? 'bring-and-load' : 'bring',
    file,
    text,
  }))
  return [...brought, ...removals]
}
