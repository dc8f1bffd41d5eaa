import { SessionFull } from '@faircopy/store-core'
import type { CheckedEntry, EntryRange } from '@faircopy/store-core/backend'
import type { QuarantinedLine } from '@faircopy/store-core/operator'
import type { Connection } from '../file/connection.ts'
import { isAbandoned, type OwnedWork, ownIdentity } from '../file/process-identity.ts'
import { entryKey, LAST_ENTRY_ID } from '../file/schema.ts'
import { insertStatement, resealStatement } from '../file/seal.ts'
import { insertSealed } from '../file/sealed-row.ts'
import type { StoreFile } from '../file/store-file.ts'
import { misordered } from '../rows/damage.ts'
import { insertEntry } from '../rows/entry-row.ts'
import { discardLines, stageLine } from '../rows/quarantine.ts'
import { type Address, factsOf, insertSession } from '../rows/session-row.ts'
import type { Write } from '../rows/transaction.ts'
import type { Writer } from './writer.ts'

const SWEEP_ENTRIES = 2000

const INSERT = insertStatement('staging')
const EXTEND = 'UPDATE staging SET last = ? WHERE session = ? AND token = ? AND last = ?'
const RESEAL_LAST = resealStatement('staging', 'session = ? AND token = ? AND last = ?')
const BEGIN_AT = 'UPDATE staging SET first = ? WHERE session = ? AND first = ?'
const RESEAL_FIRST = resealStatement('staging', 'session = ? AND first = ?')
const OF_TOKEN = 'SELECT session, first, last FROM staging WHERE session = ? AND token = ? ORDER BY first'

/** The imports of this thread that are at work: what they staged is nobody's to sweep. */
const atWork = new Set<string>()

/** A place where one import puts its entries, seen by nobody, until all of them become visible at once (S9). */
export class Staging {
  readonly token: string
  readonly address: Address
  /** The session that the entries are written under: the live one, or a hidden one that may become it. */
  #session: number | null

  constructor(token: string, address: Address, session: number | null) {
    this.token = token
    this.address = address
    this.#session = session
    atWork.add(token)
  }

  get session(): number | null {
    return this.#session
  }

  /** Writes one batch in its own transaction and gives the id of its first entry; the others follow it. */
  async add(
    writer: Writer,
    entries: readonly CheckedEntry[],
    lines: readonly QuarantinedLine[],
  ): Promise<number> {
    const bytes = entries.reduce((sum, entry) => sum + entry.record.length, 0)
    const { session, first } = await writer.submit(this.#addition(entries, lines), { bytes, durable: false })
    this.#session = session
    return first
  }

  /** Whether everything that was staged is still there. */
  isWhole(connection: Connection, count: number): boolean {
    if (this.#session === null) return count === 0
    return this.ranges(connection).reduce((sum, { first, last }) => sum + last - first + 1, 0) === count
  }

  ranges(connection: Connection): EntryRange[] {
    if (this.#session === null) return []
    const owner = this.#session
    return connection
      .all<{ first: number; last: number }>(OF_TOKEN, owner, this.token)
      .map(({ first, last }) => ({ owner, first, last }))
  }

  /** Ends the staging of a finished import; what was staged stays, as entries like any other. */
  release(connection: Connection): void {
    if (this.#session !== null) {
      connection.run('DELETE FROM staging WHERE session = ? AND token = ?', this.#session, this.token)
    }
  }

  /** Takes away what a failed import staged. */
  async discard(writer: Writer): Promise<void> {
    atWork.delete(this.token)
    if (this.#session !== null) await sweepSession(writer, this.#session, this.token)
  }

  done(): void {
    atWork.delete(this.token)
  }

  #addition(
    entries: readonly CheckedEntry[],
    lines: readonly QuarantinedLine[],
  ): Write<{ session: number; first: number }> {
    return (transaction) => {
      const { connection, now } = transaction
      const known = this.#session === null ? null : transaction.tip(this.#session)
      const first = known?.nextId ?? 1
      const last = first + entries.length - 1
      if (last > LAST_ENTRY_ID) throw new SessionFull(this.address, LAST_ENTRY_ID)
      return {
        apply: () => {
          const session =
            known?.session ?? insertSession(connection, this.address, 'staged', factsOf({}), now)
          for (const [i, entry] of entries.entries()) insertEntry(connection, session, first + i, entry)
          for (const line of lines) stageLine(connection, session, this.token, line)
          const isExtended = connection.run(EXTEND, last, session, this.token, first - 1) > 0
          if (isExtended) connection.run(RESEAL_LAST, session, this.token, last)
          else {
            const { host, boot, pids, pid, thread, started } = ownIdentity()
            insertSealed(
              connection,
              INSERT,
              session,
              first,
              last,
              this.token,
              host,
              boot,
              pids,
              pid,
              thread,
              started,
              now,
            )
          }
          transaction.setTip({ ...transaction.tip(session), nextId: last + 1 }, null)
          return { session, first }
        },
      }
    }
  }
}

interface Claim extends OwnedWork {
  readonly session: number
}

/** Sweeps what imports staged whose process is provably gone, in small transactions. Never a live one's (S9). */
export async function sweepDead(file: StoreFile, writer: Writer): Promise<void> {
  const claims = await file.read((connection) =>
    connection.all<Claim>(
      'SELECT DISTINCT session, token, host, boot, pids, pid, thread, started, at FROM staging',
    ),
  )
  const swept = new Set<string>()
  for (const claim of claims) {
    const name = `${claim.session} ${claim.token}`
    if (swept.has(name) || !isAbandoned(claim, file.options.now(), atWork)) continue
    swept.add(name)
    const entries = await sweepSession(writer, claim.session, claim.token)
    file.emit({ type: 'swept', entries })
  }
}

async function sweepSession(writer: Writer, session: number, token: string): Promise<number> {
  for (let total = 0; ; ) {
    const swept = await writer.submit<number | null>(({ connection }) => ({
      apply: () => {
        // Looks again: what of it is still there.
        const claim = connection.get<{ first: number; last: number }>(`${OF_TOKEN} LIMIT 1`, session, token)
        if (!claim) {
          discardLines(connection, token)
          removeStagedSession(connection, session)
          return null
        }
        const last = Math.min(claim.last, claim.first + SWEEP_ENTRIES - 1)
        const gone = connection.run(
          'DELETE FROM entry WHERE key BETWEEN ? AND ?',
          entryKey(session, claim.first),
          entryKey(session, last),
        )
        const isLast = last === claim.last
        const isNoted = isLast
          ? connection.run('DELETE FROM staging WHERE session = ? AND first = ?', session, claim.first)
          : connection.run(BEGIN_AT, last + 1, session, claim.first)
        if (!isNoted) throw misordered()
        if (!isLast) connection.run(RESEAL_FIRST, session, last + 1)
        return gone
      },
    }))
    if (swept === null) return total
    total += swept
  }
}

function removeStagedSession(connection: Connection, session: number): void {
  const staged = connection.get('SELECT 1 FROM session WHERE number = ? AND state = ?', session, 'staged')
  if (!staged) return
  connection.run('DELETE FROM tip WHERE session = ?', session)
  connection.run('DELETE FROM session WHERE number = ?', session)
}
