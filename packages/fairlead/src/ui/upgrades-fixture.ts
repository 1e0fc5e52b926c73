/** The status of a RuntimeUpgrade of which the third of ten nodes soaks. */
export const UPGRADE_STATUS = {
  phase: 'Progressing',
  message: 'n3 soaks',
  total: 10,
  wave: 1,
  waves: [{ upTo: 1 }, { upTo: 10 }],
  started: 3,
  done: 2,
  rolledBack: 0,
  inFlight: [{ node: 'n3', uid: 'u', wave: 1 }],
  failures: [],
} as const
