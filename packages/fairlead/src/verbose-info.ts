/**
 * A value of verbose Status. What a runtime puts there is its own affair (CRI v1 StatusResponse.info): what
 * is no JSON tells nothing, and is undefined.
 */
export function infoValue(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}
