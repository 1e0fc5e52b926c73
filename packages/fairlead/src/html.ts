/** The style of the page; the colours are those of the lab's report. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --page: #f6f7f6; --surface: #ffffff; --sunken: #f1f3f2; --ink: #1a2226; --ink-soft: #566269;
  --line: #dde2e0; --accent: #0b5f73; --good: #1b7a4b; --bad: #b3202c;
  --read: #2f6fc4; --write: #8a63c9; --wait: #c42a35; --plugin: #a97c1c; --step: #1a2226;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #101416; --surface: #171d20; --sunken: #1d2427; --ink: #e3e8e9; --ink-soft: #9aa6ab;
    --line: #2d363a; --accent: #6cc3d6; --good: #63c492; --bad: #f4818a;
    --read: #6ea5ee; --write: #b296e6; --wait: #f0707a; --plugin: #d2a94d; --step: #e3e8e9;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--page); color: var(--ink); font: 14px/1.45 system-ui, sans-serif;
  font-variant-numeric: tabular-nums;
}
main { max-width: 1300px; margin: 0 auto; padding: 28px 24px 64px; }
h1 { margin: 0; font-size: 24px; font-weight: 650; letter-spacing: -0.01em; }
h2 { margin: 0; font-size: 17px; }
.soft { margin: 4px 0 14px; color: var(--ink-soft); }
section, table {
  background: var(--surface); border: 1px solid var(--line); border-radius: 8px;
}
section { margin-top: 20px; padding: 18px 20px 14px; }
.scroll { overflow-x: auto; }
table { border-collapse: separate; border-spacing: 0; }
th, td { padding: 8px 10px; text-align: left; vertical-align: top; }
td { white-space: nowrap; }
thead th { border-bottom: 1px solid var(--line); }
th small { display: block; width: 150px; color: var(--ink-soft); font-weight: 400; }
th[scope='row'] { font-weight: 600; white-space: nowrap; }
td.good { color: var(--good); }
td.bad, td.bad a { color: var(--bad); font-weight: 600; }
code { font: 12px ui-monospace, 'Cascadia Mono', Menlo, Consolas, monospace; overflow-wrap: anywhere; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.legend {
  display: flex; flex-wrap: wrap; gap: 6px 20px; margin: 18px 0 0; padding: 0; list-style: none;
  color: var(--ink-soft);
}
.legend li { display: flex; align-items: center; gap: 6px; }
.outcome { margin: 12px 0 4px; color: var(--bad); font-weight: 600; }
ul { margin: 4px 0 10px; padding-left: 20px; }
svg { display: block; }
svg text { fill: var(--ink); font: 13px system-ui, sans-serif; }
svg .actor { font-weight: 600; text-anchor: middle; }
svg .number { fill: var(--ink-soft); text-anchor: end; font-variant-numeric: tabular-nums; }
svg .says.time { fill: var(--ink-soft); font-style: italic; }
.row.odd { fill: transparent; }
.row.even { fill: var(--sunken); opacity: 0.6; }
.row.time { fill: var(--plugin); opacity: 0.1; }
.lane { stroke: var(--line); stroke-width: 1.5; }
.bar.read { fill: var(--read); }
.bar.write { fill: var(--write); }
.bar.plugin { fill: var(--plugin); }
.bar.wait { fill: var(--wait); fill-opacity: 0.25; stroke: var(--wait); stroke-dasharray: 3 2; }
.step { fill: var(--surface); stroke: var(--step); stroke-width: 2; }
.arrow { fill: none; stroke: var(--accent); stroke-width: 1.5; }
.head { fill: var(--accent); }
.arrow.wait { stroke: var(--wait); stroke-dasharray: 4 3; }
.head.wait { fill: var(--wait); }
`

/** Text for HTML or SVG. */
export function escapeText(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}

/** A whole page. `head` and `body` are HTML; `head` stands before the title. */
export function htmlPage({
  title,
  language = 'en',
  head,
  body,
}: {
  readonly title: string
  readonly language?: string
  readonly head: string
  readonly body: string
}): string {
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
${head}
<title>${escapeText(title)}</title>
<link rel="icon" href="data:,">
</head>
<body>
${body}
</body>
</html>
`
}
