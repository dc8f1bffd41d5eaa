// Appends COUNT entries and searches for each right after it was acknowledged; prints one line of JSON for each.
import { writeSync } from 'node:fs'
import { openSqliteStore } from '@faircopy/store-sqlite'

const [path = '', name = '', count = '0'] = process.argv.slice(2)

const store = await openSqliteStore({ path, busyTimeoutMs: 60_000 })
for (let n = 1; n <= Number(count); n++) {
  const word = `${name}x${n}`
  await store.append(`of ${name}`, { record: { role: 'user', content: `${word} common` } }, { create: {} })
  const { hits, complete } = await store.search(word, { budget: 60_000 })
  writeSync(1, `${JSON.stringify({ asked: word, hits: hits.length, complete })}\n`)
}
await store.close()
