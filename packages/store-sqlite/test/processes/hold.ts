// Begins a snapshot of a store with SQLite itself, says so, and holds it until a line comes.
import { once } from 'node:events'
import { writeSync } from 'node:fs'
import Database from 'better-sqlite3'

const db = new Database(process.argv[2] ?? '', { readonly: true })
db.exec('BEGIN')
db.prepare('SELECT count(*) FROM entry').get()
writeSync(1, `${JSON.stringify({ held: true })}\n`)
await once(process.stdin, 'data')
db.close()
process.stdin.unref()
