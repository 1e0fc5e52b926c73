// Packs each package as it would be published, and lets publint and attw ("are the types wrong?") judge the file.
// `npm run packages:check`, after `npm run build`.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

const ROOT = path.resolve(import.meta.dirname, '..')
const LIBRARIES = ['@fairlead/cni', '@fairlead/networks', '@fairlead/cri']
const BIN = path.join(ROOT, 'node_modules', '.bin')

const folder = mkdtempSync(path.join(tmpdir(), 'fl-packages-'))
let isGood = true
try {
  for (const name of [...LIBRARIES, 'fairlead']) {
    const packed = execFileSync(
      'npm',
      ['pack', '--json', '--workspace', name, '--pack-destination', folder],
      { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
    )
    const [{ filename, size }] = JSON.parse(packed) as [{ filename: string; size: number }]
    const file = path.join(folder, filename)
    process.stdout.write(`\n${name}: ${(size / 1e3).toFixed(0)} kB\n`)
    judge('publint', ['run', file, '--strict'])
    // ESM only, which Node.js 24 also loads by require; a program has no types.
    if (name !== 'fairlead') judge('attw', [file, '--profile', 'esm-only', '--format', 'ascii'])
  }
} finally {
  rmSync(folder, { recursive: true })
}
process.exitCode = isGood ? 0 : 1

function judge(program: string, args: readonly string[]): void {
  const { status } = spawnSync(path.join(BIN, program), args, { stdio: 'inherit' })
  isGood &&= status === 0
}
