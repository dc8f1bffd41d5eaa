#!/usr/bin/env node
// Plain syntax and no static import, so that the oldest Node in use can read as far as the sentence below: under a Node
// with an N-API before 10, merely loading the database driver kills the process without a word.
const [major, minor] = process.versions.node.split('.').map(Number) as [number, number]
if (major < 22 || (major === 22 && minor < 14) || !(Number(process.versions['napi']) >= 10)) {
  console.error(`faircopy needs Node 22.14 or newer; this is ${process.versions.node}.`)
  process.exit(78)
}
process.umask(0o077)
import('./main.ts').then(({ main }) => main())
