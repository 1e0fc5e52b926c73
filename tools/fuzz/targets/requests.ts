import type { FuzzTarget } from '../target.ts'

export function requestTargets(): readonly FuzzTarget[] {
  return []
}
