// Makes some calls on a store, given as JSON, one after the other: [["append", "s", {…}], …]. Prints what the last one gave.
import { openSqliteStore, type SqliteStore } from '@faircopy/store-sqlite'

const [path = '', calls = '[]'] = process.argv.slice(2)
const store = await openSqliteStore({ path })
let answer: unknown = null
/** `{"$bytes": "…"}` stands for bytes. */
function revive(_name: string, value: unknown): unknown {
  const text = (value as { readonly $bytes?: string } | null)?.$bytes
  return text === undefined ? value : Buffer.from(text)
}
for (const [name, ...args] of JSON.parse(calls, revive) as [keyof SqliteStore, ...unknown[]][]) {
  const call = store[name] as (...args: unknown[]) => Promise<unknown>
  answer = await call.apply(store, args)
}
await store.close()
process.stdout.write(JSON.stringify(answer ?? null))
