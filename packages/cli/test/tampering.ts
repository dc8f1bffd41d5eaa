import { crc32 } from 'node:zlib'
import { chainHead, EMPTY_HEAD, entryHash } from '@faircopy/store-core/operator'
import Database from 'better-sqlite3'

const ENTRIES_PER_SESSION = 2 ** 24

interface StoredRow {
  readonly key: number
  readonly kind: string
  readonly at: number | null
  readonly writer: string
  readonly provenance: string | null
  readonly record: string
  readonly hash: Buffer
}

/**
 * Changes a store's file behind its back, as someone would who knows the format and wants `verify` to find nothing:
 * hashes, heads, seals and what the ledger says of heads and counts are computed anew.
 */
export class Tampering {
  readonly #database: Database.Database
  /** Whether the ledger's heads and counts are forged with the rest. */
  forgesLedger = true

  constructor(path: string) {
    this.#database = new Database(path)
  }

  /** Runs a change of one session, makes it consistent, and closes the file. */
  static change(path: string, id: string, change: (tampering: Tampering, session: number) => void): void {
    const tampering = new Tampering(path)
    try {
      const session = tampering.session(id)
      change(tampering, session)
      tampering.rechain(session)
      tampering.reseal()
    } finally {
      tampering.#database.close()
    }
  }

  session(id: string): number {
    return this.#database.prepare(`SELECT number FROM session WHERE id = ?`).pluck().get(id) as number
  }

  /** Keys of live entries, in order. */
  live(session: number): number[] {
    const tip = this.#tip(session)
    const ranges = this.#database
      .prepare(`SELECT first, last FROM range WHERE session = ? AND generation = ? ORDER BY seq`)
      .all(session, tip.generation) as { first: number; last: number }[]
    const all = [
      ...ranges,
      ...(tip.tail_last >= tip.tail_first ? [{ first: tip.tail_first, last: tip.tail_last }] : []),
    ]
    return all.flatMap(({ first, last }) =>
      Array.from({ length: last - first + 1 }, (_, i) => session * ENTRIES_PER_SESSION + first + i),
    )
  }

  entry(key: number): StoredRow {
    return this.#database.prepare(`SELECT * FROM entry WHERE key = ?`).get(key) as StoredRow
  }

  /** Says something else under a key, its hash with it. */
  put(key: number, { kind, at, provenance, record }: Partial<StoredRow>): void {
    const old = this.entry(key)
    const next = { kind: kind ?? old.kind, at: at === undefined ? old.at : at, record: record ?? old.record }
    this.#database
      .prepare(`UPDATE entry SET kind = ?, at = ?, record = ?, provenance = ?, hash = ? WHERE key = ?`)
      .run(
        next.kind,
        next.at,
        next.record,
        provenance ?? old.provenance,
        Buffer.from(entryHash(next.kind, next.at, next.record), 'hex'),
        key,
      )
  }

  /** Puts a copy at the end of a session. */
  append(session: number, { kind, at, writer, provenance, record }: StoredRow): void {
    const tip = this.#tip(session)
    const key = session * ENTRIES_PER_SESSION + tip.tail_last + 1
    this.#database
      .prepare(
        `INSERT INTO entry (key, kind, at, writer, hash, provenance, record) VALUES (?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(key, kind, at, writer, Buffer.from(entryHash(kind, at, record), 'hex'), provenance, record)
    this.#database
      .prepare(`UPDATE tip SET tail_last = tail_last + 1, next_id = tail_last + 2 WHERE session = ?`)
      .run(session)
  }

  /** Takes the last live entry away. */
  drop(session: number): StoredRow {
    const last = this.live(session).at(-1) as number
    const row = this.entry(last)
    this.#database.prepare(`DELETE FROM entry WHERE key = ?`).run(last)
    this.#database.prepare(`UPDATE tip SET tail_last = tail_last - 1 WHERE session = ?`).run(session)
    return row
  }

  run(sql: string, ...values: unknown[]): void {
    this.#database.prepare(sql).run(...values)
  }

  /** A note as JSON, changed. */
  note(
    id: string,
    member: 'report' | 'certificate',
    change: (value: Record<string, unknown>) => unknown,
  ): void {
    const text = this.#database.prepare(`SELECT ${member} FROM ledger WHERE session = ?`).pluck().get(id)
    const value = change(JSON.parse(String(text)) as Record<string, unknown>)
    this.run(
      `UPDATE ledger SET ${member} = ? WHERE session = ?`,
      value === null ? null : JSON.stringify(value),
      id,
    )
  }

  rechain(session: number): void {
    const keys = this.live(session)
    let head = EMPTY_HEAD
    keys.forEach((key, i) => {
      head = chainHead(head, this.entry(key).hash.toString('hex'))
      this.run(
        `UPDATE waypoint SET head = ? WHERE session = ? AND seq = ?`,
        Buffer.from(head, 'hex'),
        session,
        i + 1,
      )
    })
    this.run(`DELETE FROM waypoint WHERE session = ? AND seq > ?`, session, keys.length)
    this.run(
      `UPDATE tip SET head = ?, entry_count = ? WHERE session = ?`,
      Buffer.from(head, 'hex'),
      keys.length,
      session,
    )
    if (!this.forgesLedger) return
    const id = this.#database
      .prepare(`SELECT id FROM session WHERE number = ?`)
      .pluck()
      .get(session) as string
    this.run(`UPDATE ledger SET head_after = ? WHERE session = ?`, Buffer.from(head, 'hex'), id)
    this.note(id, 'report', (report) => ({ ...report, entryCount: keys.length }))
  }

  /** Seals every row anew, as docs/file-format.md says. */
  reseal(): void {
    this.#database.function('seal', { varargs: true }, (...values: unknown[]) => sealOf(values))
    const tables = this.#database
      .prepare(`SELECT name, sql FROM sqlite_schema WHERE type = 'table'`)
      .all() as { name: string; sql: string }[]
    for (const { name, sql } of tables) {
      const given = sql.includes('  number INTEGER PRIMARY KEY') ? ['number'] : []
      const columns = (this.#database.pragma(`table_info(${name})`) as { name: string }[])
        .map((column) => column.name)
        .filter((column) => ![...given, 'record', 'minute', 'seal'].includes(column))
      this.run(`UPDATE ${name} SET seal = seal(${columns.join(', ')})`)
    }
  }

  #tip(session: number): { generation: number; tail_first: number; tail_last: number } {
    return this.#database.prepare(`SELECT * FROM tip WHERE session = ?`).get(session) as never
  }
}

function sealOf(values: readonly unknown[]): number {
  const parts = values.map((value) => {
    if (value === null) return 'n;'
    if (typeof value === 'number') return `i${value};`
    if (typeof value === 'string') return `s${value.length}:${value}`
    const bytes = value as Buffer
    const begin = `b${bytes.length}:`
    return bytes.length > 64 ? Buffer.concat([Buffer.from(begin), bytes]) : begin + bytes.toString('hex')
  })
  return crc32(Buffer.concat(parts.map((part) => Buffer.from(part))))
}
