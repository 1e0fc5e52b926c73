#!/usr/bin/env node
import { setFlagsFromString } from 'node:v8'

const [major] = process.versions.node.split('.')
if (Number(major) < 24) {
  process.stderr.write(
    `fairlead needs Node.js 24 or newer, and this is ${process.versions.node}. ` +
      'In a checkout, `npx fairlead` uses the Node.js that `npm ci` installed.\n',
  )
  process.exit(2)
}
// The agent lives for months and does little: a heap that grows slowly, and no optimizing compiler whose
// code would stay in memory for it. Before anything is loaded.
if (process.argv[2] === 'agent' && process.argv[3] === 'run') {
  for (const flag of ['--optimize-for-size', '--no-opt']) setFlagsFromString(flag)
}
await import('../dist/cli/main.js')
