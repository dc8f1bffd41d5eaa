// Does one kind of work on a store, over and over, telling each step: "replace", "route", "deliver", "prune", "backup" or "compact".
import { writeSync } from 'node:fs'
import { StoreError } from '@faircopy/store-core'
import { openSqliteStore, type SqliteStore } from '@faircopy/store-sqlite'

const [path = '', work = '', name = '', count = '0'] = process.argv.slice(2)

function tell(what: object): void {
  writeSync(1, `${JSON.stringify(what)}\n`)
}

const WORK: Record<string, (store: SqliteStore, n: number) => Promise<unknown>> = {
  replace: async (store, n) => {
    const record = JSON.stringify({ role: 'assistant', content: `${name} try ${n}` })
    await store.replace('s', { from: 2, entries: [{ record }] }, { operationKey: `${name}-${n}` })
  },
  route: async (store, n) => {
    const target = {
      origin: { platform: 'telegram', chat: `${n}` },
      whenAbsent: { create: { id: `${name}-${n}` } },
    }
    const record = JSON.stringify({ role: 'user', content: `${name} ${n}` })
    return store.append(target, { record, idempotencyKey: `${name}-${n}` })
  },
  deliver: async (store, n) => {
    const record = JSON.stringify({ role: 'assistant', content: `delivery ${n}` })
    const session = `${name}-session`
    return store.append(session, { kind: 'delivery', record, idempotencyKey: `d-${n}` }, { create: {} })
  },
  prune: (store) => store.prune({ historyOlderThan: 0, endedOlderThan: 0, dryRun: false }),
  compact: (store) => store.compact(),
  backup: (store, n) => store.backup(`${path}.backup-${name}-${n}`),
}

const store = await openSqliteStore({ path, busyTimeoutMs: 60_000 })
tell({ open: true })
for (let n = 1; n <= Number(count); n++) {
  tell({ asked: `${name}-${n}` })
  try {
    const did = await WORK[work]?.(store, n)
    tell({ acked: `${name}-${n}`, did })
  } catch (error) {
    if (!StoreError.is(error)) throw error
    tell({ failed: `${name}-${n}`, code: error.code })
  }
}
await store.close()
tell({ closed: true })
