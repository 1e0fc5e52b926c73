// Makes the single-file executable of this machine's architecture: Node.js, the program and its data in one file
// (Node.js "Single executable applications"). `npm run build:executable [FILE]`, after `npm run build`.
import { execFile } from 'node:child_process'
import { chmod, copyFile, glob, mkdir, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'

/** What Node.js looks for in itself (deps/postject). */
const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2'

const run = promisify(execFile)
const ROOT = path.resolve(import.meta.dirname, '..')
const PACKAGE = path.join(ROOT, 'packages', 'fairlead')
const BUILT = path.join(PACKAGE, 'dist', 'executable')
const target = path.resolve(process.argv[2] ?? path.join(BUILT, 'fairlead'))

const assets: Record<string, string> = { 'package.json': path.join(PACKAGE, 'package.json') }
for (const [dir, pattern] of [
  [ROOT, 'scenarios/**'],
  [ROOT, 'advisories/**'],
  [path.join(PACKAGE, 'dist'), '{report,live}-ui/*'],
] as const) {
  for await (const file of glob(pattern, { cwd: dir })) {
    const source = path.join(dir, file)
    if ((await stat(source)).isFile()) assets[file] = source
  }
}

const blob = path.join(BUILT, 'fairlead.blob')
const config = path.join(BUILT, 'sea-config.json')
await writeFile(
  config,
  JSON.stringify({
    main: path.join(BUILT, 'fairlead.cjs'),
    output: blob,
    disableExperimentalSEAWarning: true,
    // V8's code of the program, so that it need not be compiled at each start.
    useCodeCache: true,
    assets,
  }),
)
await run(process.execPath, ['--experimental-sea-config', config])
await mkdir(path.dirname(target), { recursive: true })
await copyFile(process.execPath, target)
await run(path.join(ROOT, 'node_modules', '.bin', 'postject'), [
  target,
  'NODE_SEA_BLOB',
  blob,
  '--sentinel-fuse',
  FUSE,
])
await chmod(target, 0o755)
const megabytes = ((await stat(target)).size / 1e6).toFixed(0)
process.stdout.write(`${target}: ${megabytes} MB, ${Object.keys(assets).length} files of data\n`)
