// Has SQLite itself take in as much of a log as it can, as another program would.
import Database from 'better-sqlite3'

const db = new Database(process.argv[2] ?? '')
db.pragma('wal_checkpoint(PASSIVE)')
db.close()
