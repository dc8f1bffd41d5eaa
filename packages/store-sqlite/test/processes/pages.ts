// Prints how many pages a store has, as SQLite itself sees it.
import { writeSync } from 'node:fs'
import Database from 'better-sqlite3'

const db = new Database(process.argv[2] ?? '', { readonly: true })
writeSync(1, JSON.stringify({ pages: db.pragma('page_count', { simple: true }) }))
db.close()
