import { targets } from './fuzz/targets.ts'
import { markdownTable } from './markdown-table.ts'

/** `docs/reference/parsers.md`. */
export async function parsersPage(): Promise<string> {
  const rows = (await targets()).map(({ name, reads, covers }) => [
    `\`${name}\``,
    reads,
    covers.map((file) => `\`${file.replace(/^packages\//, '')}\``).join(', '),
  ])
  return `# Readers of what others wrote

Each is fed with broken inputs, made of valid ones: \`npm run fuzz -- COUNT TARGET\`. It comes to a value or an error that
its documentation names, within a second and in bounded memory, and leaves the prototypes of all objects alone; what else
it holds is in \`tools/fuzz/targets\`. A test (\`tests/parsers.test.ts\`) finds sources that read something and are on no list.

${markdownTable(['target', 'what it reads', 'sources below packages/'], rows)}
`
}
