import { readFileSync, truncateSync, writeFileSync } from 'node:fs'
import Database from 'better-sqlite3'
import { HomeBuilder } from './home-builder.ts'

export const PAGE = 4096

/** Which pages of a database file hold what. */
interface Pages {
  readonly root: number
  readonly leaves: readonly number[]
  readonly inner: readonly number[]
}

/** A home of which pages are about to be lost. Its rows are long enough that some thirteen share a page. */
export class DamagedHome {
  readonly home = new HomeBuilder()
  readonly #sessions: string[] = []
  #page = PAGE

  get path(): string {
    return this.home.path
  }

  get file(): string {
    return this.home.databasePath
  }

  /** Rows of which each says which it is. */
  say(
    session: string,
    count: number,
    content = (i: number): string => `row ${i} ${'lorem ipsum '.repeat(20)}`,
  ): this {
    if (!this.#sessions.includes(session)) this.home.session(session)
    this.#sessions.push(session)
    const database = this.home.database()
    database.exec('BEGIN')
    this.home.rows(
      session,
      ...Array.from({ length: count }, (_, i) => ({
        role: i % 2 ? 'assistant' : 'user',
        content: content(i),
      })),
    )
    database.exec('COMMIT')
    return this
  }

  /** As a gateway leaves it that has ended, with nothing in a log. */
  rest(pageSize: number = PAGE): this {
    const database = this.home.database()
    database.pragma('wal_checkpoint(TRUNCATE)')
    database.pragma('journal_mode = DELETE')
    if (pageSize !== PAGE) {
      database.pragma(`page_size = ${pageSize}`)
      database.exec('VACUUM')
    }
    this.#page = pageSize
    this.home.done()
    return this
  }

  /** The pages of a table or an index, in the order of its entries. */
  pages(name: string): Pages {
    const database = new Database(this.file, { readonly: true })
    const root = Number(
      database.prepare('SELECT rootpage FROM sqlite_schema WHERE name = ?').pluck().get(name),
    )
    database.close()
    const bytes = readFileSync(this.file)
    const leaves: number[] = []
    const inner: number[] = []
    const visit = (page: number): void => {
      const at = (page - 1) * this.#page
      const type = bytes[at] ?? 0
      if (type === 13 || type === 10) return void leaves.push(page)
      inner.push(page)
      const cells = bytes.readUInt16BE(at + 3)
      for (let i = 0; i < cells; i++) {
        visit(bytes.readUInt32BE(at + bytes.readUInt16BE(at + 12 + 2 * i)))
      }
      visit(bytes.readUInt32BE(at + 8))
    }
    visit(root)
    return { root, leaves, inner }
  }

  /** The page that has a text in it. */
  pageOf(text: string): number {
    return Math.floor(readFileSync(this.file).indexOf(text) / this.#page) + 1
  }

  overwrite(page: number, content: Uint8Array | number = 0): this {
    const bytes = readFileSync(this.file)
    bytes.set(
      typeof content === 'number' ? new Uint8Array(this.#page).fill(content) : content,
      (page - 1) * this.#page,
    )
    writeFileSync(this.file, bytes)
    return this
  }

  bytesOf(page: number): Uint8Array {
    return readFileSync(this.file).subarray((page - 1) * this.#page, page * this.#page)
  }

  /** Cuts pages off the end. */
  cut(pages: number): this {
    truncateSync(this.file, readFileSync(this.file).length - pages * this.#page)
    return this
  }
}
