/** What the doctor's page has beyond the style of the other pages. */
export const DOCTOR_STYLE = `
article + article { margin-top: 40px; padding-top: 28px; border-top: 2px solid var(--line); }
main { max-width: 1080px; }
h1 { overflow-wrap: anywhere; }
body { overflow-wrap: break-word; }
h3 { margin: 18px 0 6px; font-size: 14px; }
p { max-width: 80ch; }
pre { margin: 4px 0 8px; padding: 8px 10px; background: var(--sunken); border-radius: 6px; white-space: pre-wrap; overflow-wrap: anywhere; }
.versions { display: flex; flex-wrap: wrap; gap: 4px 8px; margin: 10px 0; padding: 0; list-style: none; }
.versions li { padding: 2px 8px; border: 1px solid var(--line); border-radius: 999px; background: var(--surface); }
.ready { margin: 8px 0 0; font-weight: 600; overflow-wrap: anywhere; }
.ready.bad { color: var(--bad); }
.ready.good { color: var(--good); }
.finding { border-left: 4px solid var(--line); }
.finding.certain { border-left-color: var(--bad); }
.finding.likely { border-left-color: var(--plugin); }
.finding summary { cursor: pointer; }
.finding summary code { display: block; margin: 2px 0 0 18px; color: var(--ink-soft); }
.finding .title { font-size: 16px; font-weight: 650; }
.finding .soft { margin: 0; }
.sure { margin-right: 4px; padding: 1px 8px; border: 1px solid currentcolor; border-radius: 999px; font-size: 12px; font-weight: 600; }
.certain .sure, .sure.certain { color: var(--bad); }
.likely .sure, .sure.likely { color: var(--plugin); }
.overview { padding: 0; list-style: none; }
.overview li { display: grid; grid-template-columns: minmax(0, 2fr) 70px minmax(0, 4fr); gap: 2px 12px; align-items: baseline; padding: 6px 0; border-top: 1px solid var(--line); }
.overview li:first-child { border-top: 0; }
.overview a { font-weight: 600; }
.overview .sure { justify-self: start; }
.overview .soft { grid-column: 3; margin: 0; }
.links { display: flex; flex-wrap: wrap; gap: 4px 16px; padding: 0; list-style: none; }
.finding ol { padding-left: 22px; }
.finding ol .soft { display: block; margin: 0 0 4px; }
.finding li { max-width: 90ch; margin-bottom: 4px; }
figure { margin: 8px 0 0; }
figcaption { color: var(--ink-soft); overflow-wrap: anywhere; }
.weight { font-weight: 600; color: var(--ink); }
.weight.decisive { color: var(--bad); }
.why { padding-left: 0; list-style: none; }
.why b { display: inline-block; min-width: 40px; text-align: right; margin-right: 8px; }
dt { margin-top: 8px; font-weight: 600; }
dd { margin: 2px 0 0; overflow-wrap: anywhere; }
a { color: var(--accent); overflow-wrap: anywhere; }
.lanes { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 2px 12px; align-items: center; margin: 14px 0 6px; }
.lanes .name { color: var(--ink-soft); }
.track { position: relative; height: 22px; margin-right: 8px; background: var(--sunken); border-radius: 4px; }
.dot { position: absolute; top: 6px; width: 10px; height: 10px; margin-left: -5px; border-radius: 50%; background: var(--read); border: 1px solid var(--surface); }
.dot.tells { background: var(--bad); width: 12px; height: 12px; margin-left: -6px; top: 5px; z-index: 1; }
.dot.line { opacity: 0.75; }
.dot.tells { opacity: 1; }
.ends { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 12px; margin-right: 8px; color: var(--ink-soft); }
.ends.wide { grid-column: 2; }
.moments { margin: 10px 0 0; padding: 0; list-style: none; max-height: 70vh; overflow-y: auto; }
.moments li { display: grid; grid-template-columns: 188px 116px minmax(0, 1fr); gap: 2px 12px; padding: 5px 6px; border-top: 1px solid var(--line); overflow-wrap: anywhere; }
.moments time, .ends time { white-space: nowrap; }
.moments li:target { background: var(--sunken); }
.moments .tells span:last-child { font-weight: 600; }
.moments span { color: var(--ink-soft); }
.moments span:last-child { color: var(--ink); }
.moments time { color: var(--ink-soft); }
.moments small { display: block; color: var(--ink-soft); font-weight: 400; }
@media (max-width: 720px) {
  main { padding: 18px 12px 40px; }
  section { padding: 14px 12px 10px; }
  .moments li { grid-template-columns: max-content minmax(0, 1fr); }
  .moments li span:last-child { grid-column: 1 / -1; }
  .lanes { grid-template-columns: minmax(0, 1fr); gap: 0; }
  .overview li { grid-template-columns: max-content minmax(0, 1fr); }
  .overview a { grid-column: 1 / -1; }
  .lanes .name { margin-top: 4px; }
  .ends.wide { grid-column: 1; }
}
`
