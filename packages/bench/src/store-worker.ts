import { once } from 'node:events'
import { openSqliteStore } from '@faircopy/store-sqlite'
import { madeRecord } from './made-record.ts'
import { lineAppend, nodeSqliteInsert, rawInsert } from './raw-peers.ts'

const [what = '', path = '', count = '0', forMs = '0', name = 'one'] = process.argv.slice(2)
const calls = Number(count)

if (what === 'saturate') {
  const store = await openSqliteStore({ path, busyTimeoutMs: 60_000 })
  const record = madeRecord(1)
  console.log('ready')
  await once(process.stdin, 'data')
  let done = 0
  let longest = 0
  const end = Date.now() + Number(forMs)
  while (Date.now() < end) {
    const began = performance.now()
    await store.append(name, { record }, { create: {} })
    longest = Math.max(longest, performance.now() - began)
    done++
  }
  console.log(JSON.stringify({ done, longestMs: longest }))
  process.stdin.destroy()
  await store.close()
} else if (what === 'append' || what === 'together') {
  const store = await openSqliteStore({ path })
  if (what === 'append') {
    for (let i = 0; i < calls; i++) await store.append('one', { record: madeRecord(i) }, { create: {} })
  } else {
    await Promise.all(
      Array.from({ length: 16 }, async (_, caller) => {
        for (let i = 0; i < calls / 16; i++)
          await store.append(`caller ${caller}`, { record: madeRecord(i) }, { create: {} })
      }),
    )
  }
  await store.close()
} else {
  const open = {
    raw: rawInsert,
    node: nodeSqliteInsert,
    'lines synced': (at: string) => lineAppend(at, true),
    lines: (at: string) => lineAppend(at, false),
  }[what]
  const peer = open?.(path)
  for (let i = 0; i < calls; i++) peer?.insert(madeRecord(i))
  peer?.close()
}
