// Opens a store, reads and appends, and prints what was said: run with flags of Node's permission model.
import { StoreError } from '@faircopy/store-core'
import { openSqliteStore } from '@faircopy/store-sqlite'

const [path = ''] = process.argv.slice(2)
try {
  const store = await openSqliteStore({ path })
  await store.append('s', { record: { role: 'user', content: 'x' } }, { create: {} })
  const found = await store.get('s')
  await store.close()
  console.log(JSON.stringify({ entryCount: found?.entryCount }))
} catch (error) {
  if (!StoreError.is(error)) throw error
  const { code, message, outcome } = error
  console.log(JSON.stringify({ code, message: message.replaceAll(path, 'STORE'), outcome }))
}
