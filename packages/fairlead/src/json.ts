/** The value of a JSON text that others wrote; what is no JSON, or not there, tells nothing: undefined. */
export function jsonOrUndefined(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}
