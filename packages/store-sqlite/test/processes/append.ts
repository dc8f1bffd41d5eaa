// Appends COUNT entries, one after the other, and prints one line of JSON for each: what was asked, what was told. With
// "claim" it takes the claim on the session first.
import { writeSync } from 'node:fs'
import { StoreError } from '@faircopy/store-core'
import { openSqliteStore } from '@faircopy/store-sqlite'

const [path = '', name = '', count = '0', session = 's', size = '100', first] = process.argv.slice(2)

function tell(what: object): void {
  writeSync(1, `${JSON.stringify(what)}\n`)
}

const store = await openSqliteStore({
  path,
  busyTimeoutMs: 60_000,
  onEvent: ({ type }) => type !== 'commit' && tell({ event: type }),
})
tell({ open: true })
if (first === 'claim') await store.claimImport(session)
for (let n = 1; n <= Number(count); n++) {
  const key = `${name}-${n}`
  const record = JSON.stringify({ role: 'user', content: key, pad: 'x'.repeat(Number(size)) })
  tell({ asked: key })
  try {
    const { entries } = await store.append(session, { record, idempotencyKey: key }, { create: {} })
    tell({ acked: key, seq: entries[0]?.seq })
  } catch (error) {
    if (!StoreError.is(error)) throw error
    tell({ failed: key, code: error.code, outcome: error.outcome })
  }
}
await store.close()
tell({ closed: true })
