/** Something in a conf dir that is no plain file. */
type Special =
  | { readonly linkTo: string }
  | { readonly is: 'folder' | 'socket' }
  | { readonly bytes: Uint8Array }

/** A conf dir by name: text, an object for JSON, or something special. `a/b` is a file of a folder. */
export type Content = string | Special | { readonly json: object }

/** A conf dir to put before a containerd. */
export interface Case {
  readonly title: string
  readonly files: Readonly<Record<string, Content>>
  /** What the plugins' STATUS comes to, where it is run. Default: ready. */
  readonly status?: 'ready' | 'not-ready'
}

/** A program in the bin dir that is not as it should be. */
export type BinaryContent = 'none' | { readonly bytes?: Uint8Array; readonly mode?: number }

/** A plugin that answers. */
export const plugin: { readonly type: string } = { type: 'good' }
/** A list of one plugin. */
export function list(name: string, more: object = {}): { readonly json: object } {
  return { json: { cniVersion: '0.4.0', name, plugins: [plugin], ...more } }
}

/** A single plugin, as a .conf has it. */
export function single(more: object = {}): { readonly json: object } {
  return { json: { cniVersion: '0.4.0', name: 'one', type: 'good', ...more } }
}
