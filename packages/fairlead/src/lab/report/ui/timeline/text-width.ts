// The widest of the system fonts at 11 px; measuring would cost a layout for each mark.
const CHARACTER_WIDTH = 6.4

/** About how wide `text` is in a timeline, px. */
export function textWidth(text: string): number {
  return text.length * CHARACTER_WIDTH
}
