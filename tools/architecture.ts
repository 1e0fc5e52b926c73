import { glob, readFile } from 'node:fs/promises'
import path from 'node:path'

/** What each part is for, in a few words: the parts of the drawing. Files beside them are helpers of all. */
const PARTS: Readonly<Record<string, string>> = {
  cli: 'parse, call, render',
  ui: 'the live page',
  lab: 'scenario → trial → verdict',
  agent: 'watch → check → publish',
  upgrade: 'plan → wave → gate',
  slots: 'versions side by side',
  doctor: 'source → evidence → findings',
  lint: 'conf dir → outcome',
  advisories: 'known issues',
  explore: 'every interleaving',
  runtime: 'the embedded CRI runtime',
  net: 'networks by hand',
  kube: 'the API server',
  kubelet: 'what a kubelet would say',
  '@fairlead/networks': 'the set of networks',
  '@fairlead/cri': 'CRI over gRPC',
  '@fairlead/cni': 'one network, one verb',
}

const ROOT = path.resolve(import.meta.dirname, '..')
const IMPORT = /(?:from|import\()\s*'(?<target>\.[^']+|@fairlead\/\w+)'/g

/** How many imports lead from one part to another. */
type Imports = ReadonlyMap<string, ReadonlyMap<string, number>>

/**
 * docs/architecture.md and its drawing, from the imports as they are.
 *
 * @throws {Error} where two parts import one another, or one is not described.
 */
export async function architecture(): Promise<ReadonlyMap<string, string>> {
  const imports = await readImports()
  const layers = layersOf(imports)
  return new Map([
    ['docs/architecture.md', page(imports, layers)],
    ['docs/images/architecture.svg', drawing(imports, layers)],
  ])
}

async function readImports(): Promise<Imports> {
  const imports = new Map(Object.keys(PARTS).map((part) => [part, new Map<string, number>()]))
  for await (const file of glob('packages/*/src/**/*.{ts,tsx}', { cwd: ROOT })) {
    if (/(?:\.test|fixture)\.tsx?$/.test(file)) continue
    const from = partOf(file)
    if (from === undefined) continue
    const edges = imports.get(from)
    if (edges === undefined) throw new Error(`tools/architecture.ts does not describe ${from}`)
    const text = await readFile(path.join(ROOT, file), 'utf8')
    for (const { groups } of text.matchAll(IMPORT)) {
      const target = groups?.['target'] ?? ''
      const to = target.startsWith('.') ? partOf(path.join(path.dirname(file), target)) : target
      if (to !== undefined && to !== from) edges.set(to, (edges.get(to) ?? 0) + 1)
    }
  }
  return imports
}

/** undefined for the files beside the parts, which all may use. */
function partOf(file: string): string | undefined {
  const [, pkg = '', , ...rest] = file.split('/')
  if (pkg !== 'fairlead') return `@fairlead/${pkg}`
  return rest.length > 1 ? rest[0] : undefined
}

/** Each part as far up as what it imports allows; a part in a circle has no place. */
function layersOf(imports: Imports): readonly (readonly string[])[] {
  const layers: string[][] = []
  const placed = new Set<string>()
  while (placed.size < imports.size) {
    const next = [...imports]
      .filter(([part, to]) => !placed.has(part) && [...to.keys()].every((one) => placed.has(one)))
      .map(([part]) => part)
    if (next.length === 0) {
      const left = [...imports.keys()].filter((part) => !placed.has(part))
      throw new Error(`these import one another, somewhere: ${left.join(', ')}`)
    }
    for (const part of next) placed.add(part)
    layers.unshift(next)
  }
  return layers
}

function page(imports: Imports, layers: readonly (readonly string[])[]): string {
  const rows = layers.flat().map((part) => {
    const uses = [...(imports.get(part) ?? [])].toSorted((a, b) => b[1] - a[1])
    return `| \`${part}\` | ${PARTS[part]} | ${uses.map(([to, count]) => `\`${to}\` ${count}`).join(', ')} |`
  })
  return `# Architecture

Four packages, and within \`fairlead\` one folder for each thing that it does. Imports go one way, from top to bottom; a circle
fails the tests, for this page and the drawing are made from the imports themselves (\`npm run generate\`).

![The parts of Fairlead in layers, each above what it imports](images/architecture.svg)

A line is left out where another way leads there as well; the table has all.

Files directly in \`packages/fairlead/src\` (clock and other ports, files, errors, /proc, JSON) are helpers that every part may
use and are no part. Numbers are imports.

| part | what it is for | it imports |
| --- | --- | --- |
${rows.join('\n')}

How the code reads, and why, is in [CONTRIBUTING](../CONTRIBUTING.md); the rules that shaped it:

1. **No lock across I/O.** Shared state is a snapshot behind one reference; a reload builds the next and swaps it.
2. **Every wait has a deadline and a name.**
3. **A fault stays where it is.** One bad file, plugin or node costs only itself.
4. **Evidence before verdict.** What was not observed is said to be unknown.
5. **Time and the outside world come in through ports**, so that the code that runs in production also runs under the simulator.
`
}

const BOX = { width: 176, height: 46, gap: 18, rowGap: 54 } as const

/** Whether a part is reached through another one, too: such a line says nothing new. */
function isImplied(imports: Imports, from: string, target: string): boolean {
  const reaches = (part: string): boolean =>
    [...(imports.get(part)?.keys() ?? [])].some((next) => next === target || reaches(next))
  return [...(imports.get(from)?.keys() ?? [])].some((next) => next !== target && reaches(next))
}

function drawing(imports: Imports, layers: readonly (readonly string[])[]): string {
  const columns = Math.max(...layers.map((layer) => layer.length))
  const width = columns * (BOX.width + BOX.gap) + BOX.gap
  const height = layers.length * (BOX.height + BOX.rowGap) - BOX.rowGap + 2 * BOX.gap
  const at = new Map(
    layers.flatMap((layer, row) => {
      const left = (width - layer.length * (BOX.width + BOX.gap) + BOX.gap) / 2
      return layer.map((part, column) => [
        part,
        { x: left + column * (BOX.width + BOX.gap), y: BOX.gap + row * (BOX.height + BOX.rowGap) },
      ])
    }),
  )
  const lines = [...imports].flatMap(([from, to]) =>
    [...to]
      .filter(([target]) => !isImplied(imports, from, target))
      .map(([target, count]) => {
        const [a, b] = [at.get(from), at.get(target)]
        if (a === undefined || b === undefined) throw new Error(`${from} or ${target} has no place`)
        const [x1, y1] = [a.x + BOX.width / 2, a.y + BOX.height]
        const [x2, y2] = [b.x + BOX.width / 2, b.y]
        const bend = (y2 - y1) / 2
        return `<path d="M${x1} ${y1}C${x1} ${y1 + bend} ${x2} ${y2 - bend} ${x2} ${y2}" stroke-width="${(0.6 + Math.log2(count) / 3).toFixed(1)}"><title>${from} → ${target}: ${count}</title></path>`
      }),
  )
  const boxes = [...at].map(
    ([part, { x, y }]) =>
      `<g><rect x="${x}" y="${y}" width="${BOX.width}" height="${BOX.height}" rx="6"/><text class="name" x="${x + BOX.width / 2}" y="${y + 20}">${part}</text><text x="${x + BOX.width / 2}" y="${y + 36}">${PARTS[part]}</text></g>`,
  )
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="11" text-anchor="middle">
<style>rect{fill:#fff;stroke:#475569}path{fill:none;stroke:#94a3b8}text{fill:#475569}.name{font-size:14px;font-weight:600;fill:#0f172a}</style>
<rect width="${width}" height="${height}" style="fill:#f8fafc;stroke:none"/>
${lines.join('\n')}
${boxes.join('\n')}
</svg>
`
}
