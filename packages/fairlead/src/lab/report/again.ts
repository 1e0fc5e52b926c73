/** The command that runs a trial of this scenario on this runtime, as a shell takes it. */
export function againCommand(options: {
  readonly runtime: string
  /** A name, or the path of a file. */
  readonly scenario: string
  readonly seed: number
}): string {
  const { runtime, scenario, seed } = options
  return `fairlead lab run --runtime ${quoted(runtime)} --scenario ${quoted(scenario)} --seed ${seed}`
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`
}
