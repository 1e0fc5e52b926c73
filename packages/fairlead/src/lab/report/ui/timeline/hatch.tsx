/** The pattern that every timeline fills trouble with; outside of them, as a hidden one has none. */
export function Hatch() {
  return (
    <svg class="defs" width="0" height="0" aria-hidden="true">
      <defs>
        <pattern
          id="hatch"
          width="6"
          height="6"
          patternUnits="userSpaceOnUse"
          patternTransform="rotate(45)"
        >
          <rect class="hatch-line" width="2" height="6" />
        </pattern>
      </defs>
    </svg>
  )
}
