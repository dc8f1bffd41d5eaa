import type { EntryRange } from '@faircopy/store-core/backend'
import type { Connection } from '../file/connection.ts'
import { insertStatement, resealStatement } from '../file/seal.ts'
import { insertSealed } from '../file/sealed-row.ts'
import { misordered } from './damage.ts'
import { merged } from './unlisted.ts'

const INSERT = insertStatement('doomed')
const RESEAL = resealStatement('doomed', 'number = ?')
const NEXT = 'SELECT number, owner, first, last FROM doomed ORDER BY number LIMIT 1'

/** Entries that are to be removed unless a list contains them. */
export interface DoomedRange extends EntryRange {
  readonly number: number
}

/** Notes entries that are to be removed unless a list contains them. */
export function doom(connection: Connection, ranges: readonly EntryRange[]): void {
  for (const { owner, first, last } of merged(ranges)) insertSealed(connection, INSERT, owner, first, last)
}

/** The range that was doomed first, if any is. */
export function nextDoomed(connection: Connection): DoomedRange | undefined {
  return connection.get<DoomedRange>(NEXT)
}

/** Goes on with a doomed range at an id. */
export function goOnAt(connection: Connection, { number }: DoomedRange, first: number): void {
  connection.run('UPDATE doomed SET first = ? WHERE number = ?', first, number)
  connection.run(RESEAL, number)
}

/** Is done with a doomed range. */
export function deleteDoomed(connection: Connection, { number }: DoomedRange): void {
  if (connection.run('DELETE FROM doomed WHERE number = ?', number) === 0) throw misordered()
}
