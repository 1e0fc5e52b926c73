/** `--config` of `fairlead runtime-slot`. */
export const slotConfigFlag = {
  kind: 'parsed',
  parse: String,
  optional: true,
  brief: 'The config file [default: /etc/fairlead/slots.yaml, where it is there]',
  placeholder: 'file',
} as const

/** The name of a slot, as the one argument. */
export const slotArgument = {
  brief: 'The name of the slot',
  parse: String,
  placeholder: 'slot',
} as const

/** `--force` of what changes a version. */
export const slotForceFlag = {
  kind: 'boolean',
  default: false,
  withNegated: false,
  brief: 'Also where the runtime is not well now; what was there before is then not compared',
} as const
