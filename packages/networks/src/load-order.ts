import { confFileNames } from '@fairlead/cni'

/**
 * The files of a conf dir that a runtime reads, in the order it reads them: by the bytes of their
 * names, as Go's `sort.Strings` has it. go-cni and ocicni read the same three extensions.
 */
export function inLoadOrder(fileNames: readonly string[]): string[] {
  return confFileNames(fileNames)
}
