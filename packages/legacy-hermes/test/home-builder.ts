import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import Database from 'better-sqlite3'
import { onTestFinished } from 'vitest'
import { type SchemaVersion, schemaSql } from './schemas.ts'

/** Not where a test lets the package put its copies. */
const ROOT = tmpdir()

/** A folder of its own for one test, gone afterwards. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(ROOT, 'faircopy-legacy-hermes-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Columns by name. */
export type Row = Readonly<Record<string, string | number | bigint | Uint8Array | null>>

/** Builds a Hermes home, file by file. */
export class HomeBuilder {
  readonly path: string
  #database: Database.Database | null = null

  constructor(path: string = temporaryFolder()) {
    this.path = path
    mkdirSync(path, { recursive: true })
  }

  get databasePath(): string {
    return join(this.path, 'state.db')
  }

  /** A profile, which is a home in the home. */
  profile(name: string): HomeBuilder {
    return new HomeBuilder(join(this.path, 'profiles', name))
  }

  /** `sessions/<name>`, or any other file of the home. */
  write(name: string, content: string | Uint8Array): this {
    const path = name.includes('/') ? join(this.path, name) : join(this.path, 'sessions', name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, content)
    return this
  }

  /** `sessions/<id>.jsonl`, its lines as Python's `json.dumps(…, ensure_ascii=False)` writes them. */
  transcript(id: string, ...records: readonly object[]): this {
    return this.write(`${id}.jsonl`, records.map((record) => `${pythonJson(record)}\n`).join(''))
  }

  /** `sessions/sessions.json`. */
  index(entries: object): this {
    return this.write('sessions.json', JSON.stringify(entries, null, 2))
  }

  /** Makes state.db, or goes on with it. */
  database(version: SchemaVersion = 6): Database.Database {
    if (this.#database?.open) return this.#database
    const database = new Database(this.databasePath)
    this.#database = database
    onTestFinished(() => void database.close())
    if (database.pragma('user_version', { simple: true }) === 0) {
      database.exec(schemaSql(version))
      database.pragma('user_version = 1')
    }
    return database
  }

  session(id: string, columns: Row = {}): this {
    insert(this.database(), 'sessions', { id, source: 'telegram', started_at: 1772474400.014, ...columns })
    return this
  }

  /** Rows of `messages`, a second apart. */
  rows(sessionId: string, ...rows: readonly Row[]): this {
    rows.forEach((row, i) => {
      insert(this.database(), 'messages', { session_id: sessionId, timestamp: 1772474410.5 + i, ...row })
    })
    return this
  }

  /** Closes state.db, as a gateway that has ended. */
  done(): string {
    this.#database?.close()
    return this.path
  }
}

export function insert(database: Database.Database, table: string, row: Row): void {
  const names = Object.keys(row)
  database
    .prepare(`INSERT INTO ${table} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`)
    .run(...Object.values(row))
}

/** JSON with `", "` and `": "` between its tokens. */
export function pythonJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(', ')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value).map(
    ([name, member]) => `${JSON.stringify(name)}: ${pythonJson(member)}`,
  )
  return `{${members.join(', ')}}`
}
