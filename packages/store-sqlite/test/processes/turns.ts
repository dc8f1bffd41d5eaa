// Makes the calls that are named in a store, and prints how many turns the event loop had during each. The clock goes on by 10 ms with every
// look at it, so that a turn is given wherever that is asked for: how much is done between two turns is what is counted.
// Where there are no threads, there are no turns while one is waited for.
let looks = 0
performance.now = () => ++looks * 10

// What gives the turns keeps the clock that it finds.
const { openSqliteStore } = await import('@faircopy/store-sqlite')
const { turnsDuring } = await import('../turns.ts')

const [path = '', ...names] = process.argv.slice(2)
const store = await openSqliteStore({ path })
const calls: Readonly<Record<string, () => Promise<unknown>>> = {
  list: () => store.list({ limit: 1000 }),
  'list recent': () => store.list({ limit: 1000, order: 'recent' }),
  'list of none': () => store.list({ origin: { platform: 'none' } }),
  'list of none, recent': () => store.list({ origin: { platform: 'none' }, order: 'recent' }),
  'list of children, recent': () => store.list({ parent: 'parent', order: 'recent', limit: 1 }),
  facts: () => store.facts(),
  prune: () => store.prune({ historyOlderThan: 0 }),
  redact: () => store.redact('history', 1, 'secret'),
  verify: () => store.verify(),
}
const turns: Record<string, number> = {}
for (const name of names) turns[name] = await turnsDuring(calls[name] as () => Promise<unknown>)
await store.close()
console.log(JSON.stringify(turns))
