// Prints the bytes of a file, in base64: a process that reads them itself would drop its locks there.
import { readFileSync, writeSync } from 'node:fs'

const text = readFileSync(process.argv[2] ?? '').toString('base64')
for (let at = 0; at < text.length; ) at += writeSync(1, text.slice(at, at + 65_536))
