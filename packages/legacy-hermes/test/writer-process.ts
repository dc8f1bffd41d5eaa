// A gateway: holds a database open and executes the SQL that it is sent, line by line; after `forever` again and again.
import { createInterface } from 'node:readline'
import Database from 'better-sqlite3'

const database = new Database(process.argv[2] ?? '', { fileMustExist: true })
database.pragma('wal_autocheckpoint = 0')
console.log(String(database.pragma('journal_mode', { simple: true })))
for await (const line of createInterface({ input: process.stdin })) {
  const sql = line.replace(/^forever /, '')
  database.exec(sql)
  if (sql !== line) setInterval(() => database.exec(sql))
  console.log('done')
}
