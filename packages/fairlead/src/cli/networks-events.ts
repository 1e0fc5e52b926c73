import type { NetworksEvent } from '@fairlead/networks'

/** Why a file of a conf dir is not used, and what is instead. */
export function rejectedText({
  error,
  keeps,
}: Extract<NetworksEvent, { type: 'rejected' }>): string {
  return `${error.message}${keeps === undefined ? '' : `; ${keeps} stays as it was`}`
}

/** Why a folder is not watched. */
export function blindText({ error }: Extract<NetworksEvent, { type: 'blind' }>): string {
  return `${error.message}; changes are found by scanning`
}
