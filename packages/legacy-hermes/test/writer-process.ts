// A gateway: holds a database open and executes the SQL that it is sent, line by line.
import { createInterface } from 'node:readline'
import Database from 'better-sqlite3'

const database = new Database(process.argv[2] ?? '', { fileMustExist: true })
database.pragma('wal_autocheckpoint = 0')
console.log(String(database.pragma('journal_mode', { simple: true })))
for await (const line of createInterface({ input: process.stdin })) {
  database.exec(line)
  console.log('done')
}
