import { copyFileSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import Database from 'better-sqlite3'
import { resealStatement, sealOf } from '../src/file/seal.ts'
import { script } from './processes.ts'

const HEADER = 32
const PAGE = 16384
const FRAME = PAGE + 24

/** The files that a store is, in the order of how often one of their bytes is changed. */
export const FILES = ['', '-wal', '.search'] as const

/** One byte that is changed. */
export interface Flip {
  readonly file: (typeof FILES)[number]
  readonly at: number
  readonly mask: number
}

/** Makes a store in which every table has rows, closed and without a log. */
export function makeFull(path: string): void {
  script('full.ts', path, 'fill')
  script('full.ts', path, 'leave')
  const db = new Database(path)
  db.function('seal', { varargs: true }, sealOf as (...values: unknown[]) => number)
  // Work of another machine: nobody here can say that it ended.
  for (const table of ['staging', 'import_claim'])
    db.exec(`UPDATE ${table} SET host = 'elsewhere'; ${resealStatement(table, 'true')}`)
  db.exec('INSERT INTO doomed (owner, first, last, seal) VALUES (1, 3, 3, seal(1, 3, 3))')
  db.pragma('wal_checkpoint(TRUNCATE)')
  db.close()
}

/** Goes on in the store and is killed, so that its log holds many commits. */
export function makeLogged(path: string): void {
  script('full.ts', path, 'go-on')
}

/** Copies a store's files, without the index of its log, which is rebuilt. */
export function copyStore(from: string, to: string): void {
  for (const suffix of [...FILES, '-shm', '.search-wal', '.search-shm']) rmSync(to + suffix, { force: true })
  for (const suffix of [...FILES, '.search-wal'])
    if (existsSync(from + suffix)) copyFileSync(from + suffix, to + suffix)
}

/** Changes a byte. */
export function applyFlip(path: string, { file, at, mask }: Flip): void {
  const bytes = readFileSync(path + file)
  bytes[at] = (bytes[at] ?? 0) ^ mask
  writeFileSync(path + file, bytes)
}

/**
 * A change of one byte, from a seed: on any page alike, and there nearly always one that is not zero, since most of a small
 * store is empty space; of one bit in every other case. One in four is of a byte that leads to rows or says where one begins: a
 * page's head, its pointers, the first bytes of a cell. None falls into the last commit of a log: nothing behind it could tell of it.
 */
export function flipOf(path: string, seed: number): Flip {
  const random = randomOf(seed)
  const files = FILES.filter((suffix) => existsSync(path + suffix) && statSync(path + suffix).size > 0)
  const file = files[Math.min(files.length - 1, Math.floor(random() * random() * files.length * 1.5))] ?? ''
  const bytes = readFileSync(path + file)
  const end = file === '-wal' ? lastCommitOf(bytes) : bytes.length
  const page = PAGE * Math.floor((random() * end) / PAGE)
  const within = Math.min(PAGE, end - page)
  const leading = file !== '-wal' && random() < 0.25 ? leadingBytes(bytes, page) : []
  let at = leading[Math.floor(random() * leading.length)] ?? page
  for (let tries = leading.length > 0 ? 1000 : 0; tries < 1000; tries++) {
    at = page + Math.floor(random() * within)
    if (bytes[at] !== 0 || random() < 0.01) break
  }
  const mask = random() < 0.5 ? 1 << Math.floor(random() * 8) : 1 + Math.floor(random() * 255)
  return { file, at, mask }
}

/** Where the bytes of a page of a b-tree are that are no values: its head, its pointers, and the first eight of each cell. */
function leadingBytes(bytes: Buffer, page: number): number[] {
  const head = page === 0 ? 100 : page
  const kind = bytes[head] ?? 0
  if (![2, 5, 10, 13].includes(kind)) return []
  const length = kind < 10 ? 12 : 8
  const cells = bytes.readUInt16BE(head + 3)
  const pointers = head + length
  const places = Array.from({ length: length + 2 * cells }, (_, i) => head + i)
  for (let cell = 0; cell < cells && pointers + 2 * cell + 2 <= page + PAGE; cell++) {
    const begin = page + bytes.readUInt16BE(pointers + 2 * cell)
    for (let i = 0; i < 8; i++) places.push(begin + i)
  }
  return places.filter((at) => at < Math.min(page + PAGE, bytes.length))
}

/** Gives a row of a table of one page the number of another, both below 128, so that it is out of order. */
export function renumber(path: string, table: string, from: number, to: number): void {
  const db = new Database(path, { readonly: true })
  const root = db.prepare('SELECT rootpage FROM sqlite_schema WHERE name = ?').pluck().get(table) as number
  db.close()
  const bytes = readFileSync(path)
  const page = (root - 1) * PAGE
  if (bytes[page] !== 13) throw new Error(`${table} has more than one page`)
  for (let cell = 0; cell < bytes.readUInt16BE(page + 3); cell++) {
    let at = page + bytes.readUInt16BE(page + 8 + 2 * cell)
    while ((bytes[at] ?? 0) > 127) at++
    if (bytes[at + 1] !== from) continue
    bytes[at + 1] = to
    writeFileSync(path, bytes)
    return
  }
  throw new Error(`${table} has no row ${from}`)
}

/** Gives an index whose first column counts up the opposite order. */
export function turnRound(path: string, index: string): void {
  const db = new Database(path)
  const sql = db.prepare('SELECT sql FROM sqlite_schema WHERE name = ?').pluck().get(index) as string
  db.exec(
    `DROP INDEX ${index}; ${sql.replace(/(?<= ON \w+ \()[^)]+/, (columns) => columns.replaceAll(/\w+/g, '$& DESC'))}`,
  )
  db.unsafeMode(true)
  db.pragma('writable_schema = on')
  db.prepare('UPDATE sqlite_schema SET sql = ? WHERE name = ?').run(sql, index)
  db.close()
}

/** Where the last commit of a log begins. */
function lastCommitOf(log: Buffer): number {
  const salts = log.subarray(16, 24)
  const ends: number[] = []
  for (let at = HEADER; at + FRAME <= log.length; at += FRAME) {
    if (!log.subarray(at + 8, at + 16).equals(salts)) break
    if (log.readUInt32BE(at + 4) > 0) ends.push(at + FRAME)
  }
  return ends.at(-2) ?? 0
}

/** Numbers between 0 and 1 from a seed. */
function randomOf(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}
