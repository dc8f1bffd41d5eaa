import Database from 'better-sqlite3'

/** Every row of every table of a store's file, as text: equal only if nothing at all was written in between. */
export function storeDump(path: string): string {
  const database = new Database(path, { readonly: true })
  try {
    const tables = database
      .prepare(`SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name`)
      .pluck()
      .all()
    const dump = tables.map((name) => {
      const rows = database
        .prepare(`SELECT * FROM "${String(name)}"`)
        .safeIntegers()
        .raw()
        .all() as unknown[][]
      return [name, rows.map((row) => row.map(cellText).join('|')).sort()]
    })
    return JSON.stringify(dump, null, 1)
  } finally {
    database.close()
  }
}

function cellText(value: unknown): string {
  return Buffer.isBuffer(value) ? `x${value.toString('hex')}` : `${typeof value} ${String(value)}`
}
