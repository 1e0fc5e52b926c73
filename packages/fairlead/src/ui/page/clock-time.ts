/** A moment of the day, in UTC as logs and reports have it: `14:32:10`. */
export function clockTime(ms: number): string {
  return new Date(ms).toISOString().slice(11, 19)
}
