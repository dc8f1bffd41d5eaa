// Undoes the import "run" of session "s", and tells what came of it.
import { writeSync } from 'node:fs'
import { openSqliteStore } from '@faircopy/store-sqlite'

const [path = ''] = process.argv.slice(2)

const store = await openSqliteStore({ path, busyTimeoutMs: 60_000 })
const { session, ...receipt } = await store.undoImport({
  importId: 'run',
  session: 's',
  run: { id: 'undo', at: 2, about: {} },
})
writeSync(1, `${JSON.stringify({ ...receipt, entryCount: session?.entryCount ?? null })}\n`)
await store.close()
