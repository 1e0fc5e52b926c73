#!/usr/bin/env node
// `kubectl fairlead status NAME` is `fairlead upgrade status NAME`: kubectl runs what is called so in the path.
process.argv.splice(2, 0, 'upgrade')
await import('./fairlead.js')
