// Overwrites pages in the middle of a closed store's file.
import { closeSync, fstatSync, openSync, writeSync } from 'node:fs'

const handle = openSync(process.argv[2] ?? '', 'r+')
const { size } = fstatSync(handle)
for (let at = 16384; at < size; at += 16384) writeSync(handle, Buffer.alloc(4096, 0xa5), 0, 4096, at)
closeSync(handle)
