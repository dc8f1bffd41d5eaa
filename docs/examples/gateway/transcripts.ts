import { openHermesHome } from '@faircopy/legacy-hermes'
import { withLegacy } from '@faircopy/legacy-jsonl'
import { openSqliteStore, type SqliteStore } from '@faircopy/store-sqlite'

/** Where the transcripts are, and the old Hermes home that they begin with, if there is one. */
export interface Places {
  readonly db: string
  readonly home?: string | undefined
}

/** The store. Every process that writes opens it in the same way, so that nothing is written before what is old. */
export async function openTranscripts({ db, home }: Places): Promise<SqliteStore> {
  const store = await openSqliteStore({ path: db })
  if (home === undefined) return store
  return withLegacy(store, () => openHermesHome(home), {
    onEvent(event) {
      if (event.type === 'imported' && event.wrote) console.log(`imported ${event.report.id}`)
      if (event.type === 'undecided') console.warn(`${event.report.id}: ${event.report.verdict}`)
      if (event.type === 'source-failed') console.warn(`the old home: ${event.code}`)
    },
  })
}
