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

/** What each part, or each file, imports. How often is left out: it would make a change of this page of every import. */
type Imports = ReadonlyMap<string, ReadonlySet<string>>

/**
 * docs/architecture.md and its drawing, from the imports as they are.
 *
 * @throws {Error} where parts or files import one another, or a part is not described.
 */
export async function architecture(): Promise<ReadonlyMap<string, string>> {
  const files = await readImports()
  layersOf(files)
  const imports = importsOfParts(files)
  const layers = layersOf(imports)
  return new Map([
    ['docs/architecture.md', page(imports, layers)],
    ['docs/images/architecture.svg', drawing(imports, layers)],
  ])
}

/** The imports of every file, those of types as well: what is understood only together is one thing. */
async function readImports(): Promise<Imports> {
  const imports = new Map<string, Set<string>>()
  for await (const file of glob('packages/*/src/**/*.{ts,tsx}', { cwd: ROOT })) {
    if (/(?:\.test|fixture)\.tsx?$/.test(file)) continue
    const text = await readFile(path.join(ROOT, file), 'utf8')
    const targets = [...text.matchAll(IMPORT)].map(({ groups }) => groups?.['target'] ?? '')
    const isBeside = (target: string) => target.startsWith('.')
    const paths = targets.map((target) =>
      isBeside(target) ? path.join(path.dirname(file), target) : target,
    )
    imports.set(file, new Set(paths))
  }
  for (const targets of imports.values()) {
    // Styles, data and built pages are no files of this map, and fixtures are none.
    for (const to of targets) if (to.startsWith('packages/') && !imports.has(to)) targets.delete(to)
  }
  return imports
}

function importsOfParts(files: Imports): Imports {
  const imports = new Map(Object.keys(PARTS).map((part) => [part, new Set<string>()]))
  for (const [file, targets] of files) {
    const from = partOf(file)
    if (from === undefined) continue
    const uses = imports.get(from)
    if (uses === undefined) throw new Error(`tools/architecture.ts does not describe ${from}`)
    for (const target of targets) {
      const to = target.startsWith('packages/') ? partOf(target) : target
      if (to !== undefined && to !== from) uses.add(to)
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

/** Each part, or file, as far up as what it imports allows; one in a circle has no place. */
function layersOf(imports: Imports): readonly (readonly string[])[] {
  const layers: string[][] = []
  const placed = new Set<string>()
  // What is not asked about, other packages where it is about files, is in nobody's way.
  const isPlaced = (part: string) => placed.has(part) || !imports.has(part)
  while (placed.size < imports.size) {
    const next = [...imports]
      .filter(([part, to]) => !placed.has(part) && [...to.keys()].every(isPlaced))
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
    const uses = layers.flat().filter((to) => imports.get(part)?.has(to) === true)
    return `| \`${part}\` | ${PARTS[part]} | ${uses.map((to) => `\`${to}\``).join(', ')} |`
  })
  return `# Architecture

Four packages, and within \`fairlead\` one folder for each thing that it does. Imports go one way, from top to bottom; a circle, also one of files,
fails the tests, for this page and the drawing are made from the imports themselves (\`npm run generate\`).

![The parts of Fairlead in layers, each above what it imports](images/architecture.svg)

A line is left out where another way leads there as well; the table has all.

Files directly in \`packages/fairlead/src\` (clock and other ports, files, errors, /proc, JSON) are helpers that every part may
use and are no part.

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
      .filter((target) => !isImplied(imports, from, target))
      .map((target) => {
        const [a, b] = [at.get(from), at.get(target)]
        if (a === undefined || b === undefined) throw new Error(`${from} or ${target} has no place`)
        const [x1, y1] = [a.x + BOX.width / 2, a.y + BOX.height]
        const [x2, y2] = [b.x + BOX.width / 2, b.y]
        const bend = (y2 - y1) / 2
        return `<path d="M${x1} ${y1}C${x1} ${y1 + bend} ${x2} ${y2 - bend} ${x2} ${y2}"><title>${from} → ${target}</title></path>`
      }),
  )
  const boxes = [...at].map(
    ([part, { x, y }]) =>
      `<g><rect x="${x}" y="${y}" width="${BOX.width}" height="${BOX.height}" rx="6"/><text class="name" x="${x + BOX.width / 2}" y="${y + 20}">${part}</text><text x="${x + BOX.width / 2}" y="${y + 36}">${PARTS[part]}</text></g>`,
  )
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="11" text-anchor="middle">
<style>rect{fill:#fff;stroke:#475569}path{fill:none;stroke:#94a3b8;stroke-width:1.5}text{fill:#475569}.name{font-size:14px;font-weight:600;fill:#0f172a}</style>
<rect width="${width}" height="${height}" style="fill:#f8fafc;stroke:none"/>
${lines.join('\n')}
${boxes.join('\n')}
</svg>
`
}
