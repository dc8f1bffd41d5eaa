// Opens a store COUNT times, every other time for reading only, looks, closes it, and prints what failed.
import { writeSync } from 'node:fs'
import { StoreError } from '@faircopy/store-core'
import { openSqliteStore } from '@faircopy/store-sqlite'

const [path = '', count = '0'] = process.argv.slice(2)

for (let n = 0; n < Number(count); n++) {
  try {
    const store = await openSqliteStore({ path, readOnly: n % 2 === 1, busyTimeoutMs: 60_000 })
    await store.get('s')
    await store.close()
  } catch (error) {
    if (!StoreError.is(error)) throw error
    writeSync(1, `${JSON.stringify({ failed: `${n}`, code: error.code })}\n`)
  }
}
writeSync(1, `${JSON.stringify({ closed: true })}\n`)
