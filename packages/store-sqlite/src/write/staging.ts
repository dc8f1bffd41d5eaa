import type { Connection } from '../file/connection.ts'
import { isAbandoned, type OwnedWork } from '../file/process-identity.ts'
import { entryKey } from '../file/schema.ts'
import type { StoreFile } from '../file/store-file.ts'
import { discardLines } from '../rows/quarantine.ts'
import { forgetStaged, readStaged } from '../rows/staging-row.ts'
import type { Write } from '../rows/transaction.ts'
import type { Writer } from './writer.ts'

const SWEPT_AT_ONCE = 2000

const WORK = 'SELECT DISTINCT token, host, boot, pids, pid, thread, started, at FROM staging'

/** Sweeps what imports staged whose process is provably gone, in small transactions. Never a live one's (S9). */
export async function sweepDead(file: StoreFile, writer: Writer): Promise<void> {
  const all = await file.read((connection) => connection.all<OwnedWork>(WORK))
  const dead = all.filter((work) => isAbandoned(work, file.options.now()))
  for (const token of new Set(dead.map((work) => work.token)))
    file.emit({ type: 'swept', entries: await sweep(writer, token) })
}

/** Takes away what an import staged under a token, in small transactions, and says how many entries that were. */
export async function sweep(writer: Writer, token: string): Promise<number> {
  for (let total = 0; ; ) {
    const swept = await writer.submit(sweepSome(token))
    if (swept === null) return total
    total += swept
  }
}

/** The write that takes away some of what was staged under a token. Null: nothing of it is there. */
function sweepSome(token: string): Write<number | null> {
  return ({ connection }) => {
    // Looks again: what of it is still there.
    const [range, next] = readStaged(connection, token)
    if (!range) return { answer: null }
    return {
      apply: () => {
        const { owner, first } = range
        const last = Math.min(range.last, first + SWEPT_AT_ONCE - 1)
        const [from, to] = [entryKey(owner, first), entryKey(owner, last)]
        const gone = connection.run('DELETE FROM entry WHERE key BETWEEN ? AND ?', from, to)
        forgetStaged(connection, range, last)
        if (!next && last === range.last) {
          discardLines(connection, token)
          removeHidden(connection, owner)
        }
        return gone
      },
    }
  }
}

function removeHidden(connection: Connection, session: number): void {
  const hidden = connection.get('SELECT 1 FROM session WHERE number = ? AND state = ?', session, 'staged')
  if (!hidden) return
  connection.run('DELETE FROM tip WHERE session = ?', session)
  connection.run('DELETE FROM session WHERE number = ?', session)
}
