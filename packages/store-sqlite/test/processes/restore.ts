import { StoreError } from '@faircopy/store-core'
import { RestoreRefused, restoreStore, undoRestore } from '@faircopy/store-sqlite'
import { noThreads } from '../no-threads.ts'

noThreads()

// Restores a backup, or undoes that, and prints what came of it.
const [what, named = '', path = '', closed] = process.argv.slice(2)
try {
  const told =
    what === 'undo'
      ? await undoRestore({ manifest: named, closed: closed === 'closed' })
      : await restoreStore({ backup: named, path, closed: closed === 'closed' })
  console.log(JSON.stringify(told))
} catch (error) {
  if (!StoreError.is(error)) throw error
  const reason = error instanceof RestoreRefused ? error.reason : undefined
  console.log(JSON.stringify({ code: error.code, reason, failed: error.message }))
}
