/** What one attachment is made with (CNI spec 1.1.0 section 3, "Attachment Parameters"). */
export interface RuntimeConf {
  /** As the runtime calls the container (`CNI_CONTAINERID`). */
  readonly containerId: string
  /** Path of the network namespace; empty where it is gone, which only DEL can do without. */
  readonly netns: string
  /** What the interface in the container is called, at most 15 bytes. */
  readonly ifName: string
  /** Pairs of `CNI_ARGS`, in order. Default: none. */
  readonly args?: readonly (readonly [key: string, value: string])[]
  /**
   * What a plugin gets in `runtimeConfig`, by capability; each plugin only what its `capabilities`
   * ask for. Values are written as JSON. Default: none.
   */
  readonly capabilityArgs?: Readonly<Record<string, unknown>>
}
