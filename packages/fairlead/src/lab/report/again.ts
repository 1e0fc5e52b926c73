/** The command that runs a trial of this scenario on this runtime, as a shell takes it. */
export function againCommand(options: {
  readonly runtime: string
  /** A name, or the path of a file. */
  readonly scenario: string
  /** What the scenario upgrades the runtime to, if it does and the user has said to what. */
  readonly upgradeTo?: string | undefined
  /** The folders of a runtime that is there already, where the user has let the lab write to them. */
  readonly folders?: { readonly confDir: string; readonly binDir: string } | undefined
  /** The path of the real kubelet, if there was one. */
  readonly kubelet?: string | undefined
  /** Whether the agent stands in front of it. */
  readonly guarded?: boolean
  readonly seed: number
}): string {
  const { runtime, scenario, upgradeTo, folders, kubelet, guarded = false, seed } = options
  const beside = kubelet === undefined ? '' : ` --kubelet ${quoted(kubelet)}`
  const upgrade = upgradeTo === undefined ? '' : ` --upgrade-to ${quoted(upgradeTo)}`
  const steering =
    folders === undefined
      ? ''
      : ` --conf-dir ${quoted(folders.confDir)} --bin-dir ${quoted(folders.binDir)} --allow-destructive`
  return (
    `fairlead lab run --runtime ${quoted(runtime)} --scenario ${quoted(scenario)}` +
    `${upgrade}${steering}${guarded ? ' --guard' : ''}${beside} --seed ${seed}`
  )
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`
}
