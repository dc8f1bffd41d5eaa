import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import Database from 'better-sqlite3'

/** A store in small, laid out in one way: an entry, the session's tip and a change are written with each append. */
export interface Layout {
  readonly name: string
  open(folder: string): OpenLayout
}

/** A layout's file, open. */
export interface OpenLayout {
  append(session: number, record: string): void | Promise<void>
  /** Records of a session's last places, the last one first. */
  tail(session: number, limit: number): readonly string[]
  close(): void | Promise<void>
}

/** Texts longer than this have a column of their own where a layout has one. */
const LONG_TEXT = 256

const TIP = `create table tip (session integer primary key, revision integer, last integer, head blob) strict;
  create table change (number integer primary key, session integer, what text) strict`
const ENTRY =
  'create table entry (key integer primary key, kind text, at integer, hash blob, record text) strict'
const SPLIT = `create table entry (key integer primary key, kind text, at integer, hash blob, record text, place integer,
  long text) strict`
const TRIGGER = `create trigger counted after insert on entry begin
  insert into tip values (new.key >> 24, 1, new.key & 16777215, new.hash)
    on conflict do update set revision = revision + 1, last = excluded.last, head = excluded.head;
  insert into change (session, what) values (new.key >> 24, 'appended'); end`
const HASH = Buffer.alloc(32, 7)

/** The layouts that were weighed; the first is how the store is laid out. */
export const LAYOUTS: readonly Layout[] = [
  { name: 'whole record, tip by statement', open: (folder) => openLayout(folder, 'whole') },
  { name: 'the same again (A/A)', open: (folder) => openLayout(folder, 'again') },
  { name: 'tip and change by a trigger', open: (folder) => openLayout(folder, 'trigger') },
  { name: 'long text in a column of its own', open: (folder) => openLayout(folder, 'split') },
  { name: 'a writer thread', open: openThread },
]

/** Opens a layout that is written on this thread. */
export function openLayout(
  folder: string,
  how: 'whole' | 'again' | 'trigger' | 'split' | 'thread',
): OpenLayout {
  const db = new Database(join(folder, `${how}.db`))
  db.pragma('page_size = 16384')
  db.pragma('journal_mode = wal')
  db.pragma('synchronous = full')
  db.exec(`${how === 'split' ? SPLIT : ENTRY}; ${TIP}`)
  if (how === 'trigger') db.exec(TRIGGER)
  const begin = db.prepare('begin immediate')
  const commit = db.prepare('commit')
  const columns =
    how === 'split' ? '(key, kind, at, hash, record, place, long)' : '(key, kind, at, hash, record)'
  const insert = db.prepare(
    `insert into entry ${columns} values (?, ?, ?, ?, ?${how === 'split' ? ', ?, ?' : ''})`,
  )
  const tip = db.prepare(`insert into tip values (?, 1, ?, ?)
    on conflict do update set revision = revision + 1, last = excluded.last, head = excluded.head`)
  const change = db.prepare("insert into change (session, what) values (?, 'appended')")
  const last = db.prepare<[number], { last: number }>('select last from tip where session = ?')
  const selected = how === 'split' ? 'record, place, long' : 'record'
  const tail = db.prepare<[number, number, number], (string | number | null)[]>(
    `select ${selected} from entry where key between ? and ? order by key desc limit ?`,
  )
  tail.raw(true)
  return {
    append(session, record) {
      begin.run()
      const id = (last.get(session)?.last ?? 0) + 1
      const key = session * 16777216 + id
      insert.run(key, 'message', null, HASH, ...(how === 'split' ? splitText(record) : [record]))
      if (how !== 'trigger') {
        tip.run(session, id, HASH)
        change.run(session)
      }
      commit.run()
    },
    tail: (session, limit) =>
      tail
        .all(session * 16777216, session * 16777216 + 16777215, limit)
        .map(([record, place, long]) =>
          joinText(record as string, place as number | null, long as string | null),
        ),
    close: () => void db.close(),
  }
}

/** The longest string of a record out of its place, and where it was. */
function splitText(record: string): [rest: string, place: number | null, long: string | null] {
  const start = record.indexOf('"content":"') + 11
  const end = record.indexOf('"', start)
  if (end - start < LONG_TEXT) return [record, null, null]
  return [record.slice(0, start) + record.slice(end), start, record.slice(start, end)]
}

function joinText(record: string, place: number | null | undefined, long: string | null | undefined): string {
  if (typeof place !== 'number' || typeof long !== 'string') return record
  return record.slice(0, place) + long + record.slice(place)
}

/** The first layout, written on a thread of its own: each append is a message there and one back. */
function openThread(folder: string): OpenLayout {
  const worker = new Worker(new URL('./layout-thread.ts', import.meta.url), { workerData: folder })
  const waiting: (() => void)[] = []
  worker.on('message', () => waiting.shift()?.())
  return {
    append: (session, record) =>
      new Promise((resolve) => {
        waiting.push(resolve)
        worker.postMessage([session, record])
      }),
    tail: () => [],
    close: async () => void (await worker.terminate()),
  }
}
