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
 * store is empty space; of one bit in every other case. None falls into the last commit of a log: nothing behind it could tell of it.
 */
export function flipOf(path: string, seed: number): Flip {
  const random = randomOf(seed)
  const files = FILES.filter((suffix) => existsSync(path + suffix) && statSync(path + suffix).size > 0)
  const file = files[Math.min(files.length - 1, Math.floor(random() * random() * files.length * 1.5))] ?? ''
  const bytes = readFileSync(path + file)
  const end = file === '-wal' ? lastCommitOf(bytes) : bytes.length
  const page = PAGE * Math.floor((random() * end) / PAGE)
  const within = Math.min(PAGE, end - page)
  let at = page
  for (let tries = 0; tries < 1000; tries++) {
    at = page + Math.floor(random() * within)
    if (bytes[at] !== 0 || random() < 0.01) break
  }
  const mask = random() < 0.5 ? 1 << Math.floor(random() * 8) : 1 + Math.floor(random() * 255)
  return { file, at, mask }
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
