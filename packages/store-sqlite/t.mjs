import Database from 'better-sqlite3'
const db = new Database('/tmp/f/a.db')
for (const t of db.prepare("select name from sqlite_schema where type='table'").pluck().all()) console.log(t, db.prepare(`select count(*) from ${t}`).pluck().get())
