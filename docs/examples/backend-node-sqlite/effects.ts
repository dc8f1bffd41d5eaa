import {
  type Address,
  type CheckedEntry,
  type Effect,
  type EffectName,
  isSameOrigin,
  type List,
  type Tip,
} from '@faircopy/store-core/backend'
import type { QuarantinedLine } from '@faircopy/store-core/operator'
import { ownedBy, routeRows } from './look-ups.ts'
import { THIS_PROCESS } from './processes.ts'
import type { Rows } from './rows.ts'
import { findSession, type SessionRow, writeRanges } from './sessions.ts'

/** Writes what a rule decided, in its order. */
export function writeEffects(rows: Rows, effects: readonly Effect[]): void {
  for (const effect of effects) {
    const write = WRITES[effect.effect] as (rows: Rows, effect: Effect) => void
    write(rows, effect)
  }
}

/** What each effect is to the rows. */
const WRITES: {
  readonly [N in EffectName]: (rows: Rows, effect: Extract<Effect, { readonly effect: N }>) => void
} = {
  insert: (rows, { session: { namespace, id }, facts, list, parent }) => {
    rows.run(
      `INSERT INTO session (namespace, id, state, facts, revision, generation, next_id, entry_count, head, updated_at, position, change)
       VALUES (?, ?, 'living', ?, 0, ?, 1, 0, '', ?, 0, 'created')`,
      namespace,
      id,
      JSON.stringify(facts),
      list.generation,
      list.at,
    )
    const session = sessionAt(rows, { namespace, id })
    writeList(rows, session, list)
    if (!parent) return
    for (const { first, last } of list.ranges) {
      const inherited = `INSERT INTO key SELECT ?, key, id, kind, at, hash, is_delivery FROM key WHERE session = ? AND id BETWEEN ? AND ?`
      rows.run(inherited, session.number, sessionAt(rows, parent).number, first, last)
    }
  },
  store: (rows, { session, firstId, entries }) => {
    const { number } = sessionAt(rows, session)
    for (const [i, entry] of entries.entries()) writeEntry(rows, number, firstId + i, entry)
  },
  extend: (rows, { session, firstId, seq, heads }) => {
    const { number, generation } = sessionAt(rows, session)
    const last = firstId + heads.length - 1
    const lengthen = `UPDATE range SET last = ? WHERE session = ? AND generation = ? AND owner = session AND last = ?
      AND seq = (SELECT max(seq) FROM range r WHERE r.session = range.session AND r.generation = range.generation)`
    const lengthened = rows.run(lengthen, last, number, generation, firstId - 1)
    if (lengthened === 0) {
      rows.run('INSERT INTO range VALUES (?, ?, ?, ?, ?, ?)', number, generation, seq, number, firstId, last)
    }
  },
  rewrite: (rows, { session: address, list }) => {
    const session = sessionAt(rows, address)
    writeList(rows, session, list)
    rows.run('UPDATE session SET generation = ? WHERE number = ?', list.generation, session.number)
  },
  link: (rows, { session, links }) => {
    const { number } = sessionAt(rows, session)
    for (const { key, isDelivery, use } of links) {
      const { id, kind, at, hash } = use
      const sql = 'INSERT OR REPLACE INTO key VALUES (?, ?, ?, ?, ?, ?, ?)'
      rows.run(sql, number, key, id, kind, at, hash, Number(isDelivery))
    }
  },
  facts: (rows, { session, facts }) =>
    rows.run(
      'UPDATE session SET facts = ? WHERE number = ?',
      JSON.stringify(facts),
      sessionAt(rows, session).number,
    ),
  tombstone: (rows, { session, deletedAt }) =>
    rows.run(
      'UPDATE session SET state = ?, deleted_at = ? WHERE number = ?',
      deletedAt === null ? 'living' : 'deleted',
      deletedAt,
      sessionAt(rows, session).number,
    ),
  tip: (rows, { session, tip, change }) => {
    rows.run('UPDATE store SET position = position + 1')
    writeTip(rows, session, tip)
    const sql = `UPDATE session SET position = (SELECT position FROM store), change = ? WHERE number = ?`
    rows.run(sql, change, sessionAt(rows, session).number)
  },
  route: (rows, { session, origin }) => {
    const { namespace } = session
    for (const route of routeRows(rows, { namespace, origin })) {
      if (isSameOrigin(JSON.parse(route.origin), origin)) {
        rows.run('DELETE FROM route WHERE number = ?', route.number)
      }
    }
    const sql = 'INSERT INTO route (session, namespace, origin) VALUES (?, ?, ?)'
    rows.run(sql, sessionAt(rows, session).number, namespace, JSON.stringify(origin))
  },
  reroute: (rows, { session, to }) =>
    rows.run(
      'UPDATE route SET session = ? WHERE session = ?',
      sessionAt(rows, to).number,
      sessionAt(rows, session).number,
    ),
  hold: (rows, { namespace, origin, at, entries }) => {
    for (const entry of entries) {
      const sql = 'INSERT INTO held (namespace, origin, at, key, entry) VALUES (?, ?, ?, ?, ?)'
      rows.run(sql, namespace, JSON.stringify(origin), at, entry.idempotencyKey, JSON.stringify(entry))
    }
  },
  release: (rows, { numbers }) => {
    for (const number of numbers) rows.run('DELETE FROM held WHERE number = ?', number as number)
  },
  expire: (rows, { before }) => rows.run('DELETE FROM held WHERE at < ?', before),
  operation: (rows, { session, key, operation }) =>
    rows.run(
      'INSERT OR REPLACE INTO operation VALUES (?, ?, ?)',
      sessionAt(rows, session).number,
      key,
      JSON.stringify(operation),
    ),
  redact: (rows, { session, entry: { owner, id }, record, redaction }) => {
    const [range] = ownedBy(sessionAt(rows, session), [{ owner, first: id, last: id }])
    const sql = 'UPDATE entry SET record = ?, redaction = ? WHERE owner = ? AND id = ?'
    rows.run(sql, record, JSON.stringify(redaction), range?.owner ?? 0, id)
  },
  clear: (rows, { lines }) => {
    for (const number of lines) rows.run('UPDATE line SET bytes = NULL WHERE number = ?', number as number)
  },
  repeat: (rows, { session: address, list }) => {
    const { number, generation } = sessionAt(rows, address)
    rows.run('INSERT INTO list VALUES (?, ?, ?, ?)', number, list.generation, list.at, list.reason)
    const again = `INSERT INTO range SELECT session, ?, seq, owner, first, last FROM range WHERE session = ? AND generation = ?`
    rows.run(again, list.generation, number, generation)
    rows.run('UPDATE session SET generation = ? WHERE number = ?', list.generation, number)
  },
  drop: (rows, { session, generations }) => {
    const { number } = sessionAt(rows, session)
    for (const generation of generations) {
      rows.run('DELETE FROM list WHERE session = ? AND generation = ?', number, generation)
      rows.run('DELETE FROM range WHERE session = ? AND generation = ?', number, generation)
    }
  },
  bury: (rows, { session, tip }) => {
    const { number } = sessionAt(rows, session)
    writeTip(rows, session, tip)
    forgetAll(rows, number)
    rows.run(`UPDATE session SET state = 'gone', deleted_at = NULL, facts = '{}' WHERE number = ?`, number)
  },
  history: (rows, { session, list }) => writeList(rows, sessionAt(rows, session), list),
  stage: (rows, { place: { token, owner }, firstId, entries, lines }) => {
    const { host, pid } = THIS_PROCESS
    for (const [i, entry] of entries.entries()) {
      const sql = 'INSERT INTO staged (token, host, pid, id, entry) VALUES (?, ?, ?, ?, ?)'
      rows.run(sql, token, host, pid, firstId + i, JSON.stringify(entry))
    }
    for (const { bytes, ...about } of lines) {
      const sql = 'INSERT INTO staged (token, host, pid, about, bytes) VALUES (?, ?, ?, ?, ?)'
      rows.run(sql, token, host, pid, JSON.stringify(about), bytes)
    }
    if (owner !== null) {
      rows.run('UPDATE session SET next_id = ? WHERE number = ?', firstId + entries.length, owner)
    }
  },
  show: (rows, { place: { session, token }, importId }) => {
    const { number } = sessionAt(rows, session)
    const sql = 'SELECT id, entry FROM staged WHERE token = ? AND id IS NOT NULL ORDER BY number'
    for (const { id, entry } of rows.all<{ id: number; entry: string }>(sql, token)) {
      writeEntry(rows, number, id, JSON.parse(entry))
    }
    const lines = `INSERT INTO line (session, import_id, about, bytes)
                   SELECT ?, ?, about, bytes FROM staged WHERE token = ? AND id IS NULL ORDER BY number`
    rows.run(lines, number, importId, token)
    removeStaged(rows, token)
  },
  quarantine: (rows, { session, importId, lines }) => {
    const { number } = sessionAt(rows, session)
    for (const line of lines) writeLine(rows, number, importId, line)
  },
  imported: (rows, { session, imported }) =>
    rows.run(
      'INSERT INTO imported (session, import_id, imported) VALUES (?, ?, ?)',
      sessionAt(rows, session).number,
      imported.importId,
      JSON.stringify(imported),
    ),
  'forget-import': (rows, { session, importId }) => {
    const { number } = sessionAt(rows, session)
    rows.run('DELETE FROM imported WHERE session = ? AND import_id = ?', number, importId)
    rows.run('DELETE FROM line WHERE session = ? AND import_id = ?', number, importId)
  },
  free: (rows, { session, ranges }) => {
    const { number } = sessionAt(rows, session)
    for (const { first, last } of ranges) {
      rows.run('DELETE FROM key WHERE session = ? AND id BETWEEN ? AND ?', number, first, last)
    }
  },
  vacate: (rows, { session, generation }) => {
    const { number } = sessionAt(rows, session)
    forgetAll(rows, number)
    const sql = `UPDATE session SET state = 'undone', facts = '{}', generation = ? WHERE number = ?`
    rows.run(sql, generation, number)
  },
  note: (rows, { run, note }) => {
    rows.run('INSERT OR IGNORE INTO run (id, run) VALUES (?, ?)', run.id, JSON.stringify(run))
    const { namespace, id } = note.session
    const sql = 'INSERT INTO note (namespace, id, key, import_id, note) VALUES (?, ?, ?, ?, ?)'
    rows.run(sql, namespace, id, note.key, note.importId, JSON.stringify(note))
  },
  strike: (rows, { session: { namespace, id }, keys }) => {
    for (const key of keys) {
      rows.run('DELETE FROM note WHERE namespace = ? AND id = ? AND key = ?', namespace, id, key)
    }
  },
  claim: (rows, { session: { namespace, id }, token, at }) => {
    const { host, pid } = THIS_PROCESS
    rows.run('INSERT OR REPLACE INTO claim VALUES (?, ?, ?, ?, ?, ?)', namespace, id, token, at, host, pid)
  },
  unclaim: (rows, { session: { namespace, id } }) =>
    rows.run('DELETE FROM claim WHERE namespace = ? AND id = ?', namespace, id),
}

/** Takes away what was staged under a token. */
export function removeStaged(rows: Rows, token: string): void {
  rows.run('DELETE FROM staged WHERE token = ?', token)
}

function sessionAt(rows: Rows, address: Address): SessionRow {
  const session = findSession(rows, address)
  if (!session) throw new Error('An effect on a session that is not there')
  return session
}

function writeTip(rows: Rows, session: Address, tip: Tip): void {
  const { revision, generation, nextId, entryCount, head, updatedAt } = tip
  rows.run(
    `UPDATE session SET revision = ?, generation = ?, next_id = ?, entry_count = ?, head = ?, updated_at = ?
     WHERE number = ?`,
    revision,
    generation,
    nextId,
    entryCount,
    head,
    updatedAt,
    sessionAt(rows, session).number,
  )
}

function writeList(rows: Rows, session: SessionRow, { generation, at, reason, ranges }: List): void {
  rows.run('INSERT INTO list VALUES (?, ?, ?, ?)', session.number, generation, at, reason)
  writeRanges(rows, session.number, generation, ownedBy(session, ranges))
}

function writeEntry(rows: Rows, owner: number, id: number, entry: CheckedEntry): void {
  const { kind, at, writer, idempotencyKey: key, hash, provenance, record } = entry
  const stored = 'INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)'
  rows.run(stored, owner, id, kind, at, writer, key, hash, provenance, record)
  if (key === null) return
  const used = 'INSERT OR REPLACE INTO key VALUES (?, ?, ?, ?, ?, ?, ?)'
  rows.run(used, owner, key, id, kind, at, hash, Number(kind === 'delivery'))
}

function writeLine(
  rows: Rows,
  session: number,
  importId: string,
  { bytes, ...about }: QuarantinedLine,
): void {
  const sql = 'INSERT INTO line (session, import_id, about, bytes) VALUES (?, ?, ?, ?)'
  rows.run(sql, session, importId, JSON.stringify(about), bytes)
}

/** Nothing of a session is kept but that it was there. */
function forgetAll(rows: Rows, session: number): void {
  for (const table of ['list', 'range', 'key', 'operation', 'route', 'imported', 'line']) {
    rows.run(`DELETE FROM ${table} WHERE session = ?`, session)
  }
}
