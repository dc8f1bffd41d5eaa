// Copies the bytes of one file over another, which stays the same inode.
import { readFileSync, writeFileSync } from 'node:fs'

const [from = '', to = ''] = process.argv.slice(2)
writeFileSync(to, readFileSync(from))
