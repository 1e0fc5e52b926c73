#!/usr/bin/env node
const [major] = process.versions.node.split('.')
if (Number(major) < 24) {
  process.stderr.write(
    `fairlead needs Node.js 24 or newer, and this is ${process.versions.node}. ` +
      'In a checkout, `npx fairlead` uses the Node.js that `npm ci` installed.\n',
  )
  process.exit(2)
}
await import('../dist/cli/main.js')
