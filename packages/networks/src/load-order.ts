// libcni/conf.go ConfFiles (v1.3.0) is called with these by go-cni and ocicni alike.
const CONF_EXTENSIONS = ['.conf', '.conflist', '.json']

/** Whether a runtime takes a file of this name for network configuration. */
export function isConfFile(fileName: string): boolean {
  return CONF_EXTENSIONS.some((extension) => fileName.endsWith(extension))
}

/**
 * The files of a conf dir that a runtime reads, in the order it reads them: by the bytes of their
 * names, as Go's `sort.Strings` has it.
 */
export function inLoadOrder(fileNames: readonly string[]): string[] {
  return fileNames
    .filter(isConfFile)
    .sort((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right)))
}
