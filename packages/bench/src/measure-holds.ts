import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type ImportPlan,
  openJsonlSource,
  planImport,
  runImport,
  verifySource,
  withLegacy,
} from '@faircopy/legacy-jsonl'
import { CAPABILITY_METHODS } from '@faircopy/store-core/backend'
import { openSqliteStore, type SqliteStore } from '@faircopy/store-sqlite'
import { type Filled, fillMany, importOf, steps } from './fill-many.ts'
import { type Held, longestHold } from './longest-hold.ts'
import { madeRecord, smallRecord } from './made-record.ts'
import { makeHome } from './make-home.ts'
import { tell } from './write-section.ts'

const ENTRIES = Number(process.env['ENTRIES'] ?? 1_000_000)
const MANY = 100

type Call = readonly [what: string, call: () => Promise<unknown>]

async function drain(values: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of values);
}

async function times(count: number, call: (i: number) => Promise<unknown>): Promise<void> {
  for (let i = 0; i < count; i++) await call(i)
}

/** Goes through pages to the last one. */
async function through(next: (cursor?: string) => Promise<{ readonly next: string | null }>): Promise<void> {
  for (let cursor: string | null | undefined; cursor !== null; ) cursor = (await next(cursor)).next
}

async function throughChanges(store: SqliteStore): Promise<string> {
  for (let cursor: string | undefined; ; ) {
    const page = await store.changes(cursor, { limit: 1000 })
    if (page.changes.length === 0) return page.cursor
    cursor = page.cursor
  }
}

const origin = (i: number) => ({ platform: 'telegram', account: 'bot', chat: `c${i}`, chatType: 'dm' })
const entries = (count: number) => Array.from({ length: count }, (_, i) => ({ record: madeRecord(i) }))

/** Every method of a store, by its name: at its longest. */
function readings(store: SqliteStore, folder: string, { sessions, long }: Filled): Record<string, Call[]> {
  const undone = (i: number) => `s${(i * 10 + 3) % sessions}`
  return {
    get: [['2,000 calls', () => times(2000, (i) => store.get(`s${i}`))]],
    read: [
      ['one stream', () => drain(store.read(long))],
      [
        '100 streams at once',
        () => Promise.all(Array.from({ length: MANY }, () => drain(store.read(long, { to: 20_000 })))),
      ],
    ],
    page: [
      ['a loop', () => through((cursor) => store.page(long, { limit: 1000, ...(cursor && { cursor }) }))],
      ['of 64 MiB', () => store.page('bulky', { limit: 1000 })],
    ],
    list: [
      ['a loop', () => through((cursor) => store.list({ limit: 1000, ...(cursor && { cursor }) }))],
      ['of a platform that none is of', () => store.list({ origin: { platform: 'none' } })],
      ['of a parent, the latest first', () => store.list({ parent: 's0', order: 'recent' })],
    ],
    sessions: [['all', () => drain(store.sessions({ order: 'recent' }))]],
    history: [
      ['of the longest', () => drain(store.history('fork'))],
      ['of 2,000 sessions', () => times(2000, (i) => drain(store.history(undone(i))))],
    ],
    generations: [['2,000 calls', () => times(2000, (i) => store.generations(undone(i)))]],
    readGeneration: [['of the longest', () => drain(store.readGeneration(long, 1))]],
    locate: [['2,000 calls', () => times(2000, (i) => store.locate(long, i * 7 + 1))]],
    resolve: [['2,000 calls', () => times(2000, (i) => store.resolve(origin(i)))]],
    routes: [['2,000 calls', () => times(2000, (i) => store.routes(undone(i)))]],
    opened: [['2,000 calls', () => times(2000, (i) => store.opened({ origins: [origin(i)] }))]],
    ledgerNote: [['1,000 calls', () => times(1000, (i) => store.ledgerNote(`i${i}`, `key of run ${i}`))]],
    ledger: [['all', () => drain(store.ledger())]],
    quarantined: [['of the longest', () => drain(store.quarantined('imported'))]],
    imports: [['all', () => drain(store.imports())]],
    changes: [['all', () => throughChanges(store)]],
    waitForChange: [
      [
        'until the next append',
        async () => {
          const cursor = await throughChanges(store)
          await Promise.all([
            store.waitForChange(cursor),
            store.append('awaited', entries(1), { create: {} }),
          ])
        },
      ],
    ],
    facts: [['', () => store.facts()]],
    search: [
      ['the first: the index is made', () => store.search('session', { budget: 3_600_000 })],
      ['a word of every entry, the best', () => store.search('a', { limit: 100, order: 'best' })],
      ['a word of none', () => store.search('xyzzy plugh')],
    ],
    verify: [
      ['all', () => store.verify()],
      ['one session', () => store.verify({ session: long })],
    ],
    backup: [['', () => store.backup(join(folder, 'backup.db'))]],
    create: [['100 calls', () => times(MANY, (i) => store.create(`n${i}`))]],
    append: [
      ['100 calls', () => times(MANY, () => store.append(long, entries(1)))],
      ['of 1,000 entries', () => store.append(long, entries(1000))],
      ['1,000 calls at once', () => Promise.all(entries(1000).map((entry) => store.append(long, entry)))],
    ],
    appender: [
      [
        '100 deliveries',
        () => {
          const appender = store.appender({ kinds: ['delivery'], writer: 'bench' })
          return times(MANY, (i) =>
            appender.append(`s${i}`, { kind: 'delivery', record: smallRecord(i), idempotencyKey: `d${i}` }),
          )
        },
      ],
    ],
    update: [['100 calls', () => times(MANY, (i) => store.update(`s${i}`, { title: `Title ${i}` }))]],
    replace: [['all but the first', () => store.replace(long, { from: 2, entries: entries(1) })]],
    fork: [['100 calls', () => times(MANY, (i) => store.fork('fork', { id: `ff${i}`, through: 1000 }))]],
    route: [['100 calls', () => times(MANY, (i) => store.route(origin(sessions + i), `s${i}`))]],
    open: [
      [
        '100 calls',
        () =>
          times(MANY, (i) =>
            store.open({ origins: [origin(sessions * 2 + i)] }, { session: { create: { id: `o${i}` } } }),
          ),
      ],
    ],
    claimImport: [
      [
        '100 calls',
        () =>
          times(MANY, async (i) => {
            const claiming = await store.claimImport(`s${i}`)
            if ('claim' in claiming) await claiming.claim.release()
          }),
      ],
    ],
    import: [
      [
        'a tenth of all entries',
        () => store.import(importOf('much', 'much', steps(ENTRIES / 10, ENTRIES / 1000))),
      ],
    ],
    undoImport: [
      [
        'the same',
        () =>
          store.undoImport({
            importId: 'much',
            session: 'much',
            run: { id: 'undoing', at: 78, about: {} },
          }),
      ],
    ],
    redact: [['one entry', () => store.redact('fork', 77, 'a')]],
    delete: [['the longest', () => store.delete('fork')]],
    undelete: [['the same', () => store.undelete('fork')]],
    prune: [
      ['a dry run', () => store.prune({ historyOlderThan: 0 })],
      ['all history', () => store.prune({ historyOlderThan: 0, dryRun: false })],
    ],
    compact: [['', () => store.compact()]],
  }
}

async function measureStore(folder: string): Promise<Held[]> {
  const path = join(folder, 'holds.db')
  const filling = await openSqliteStore({ path })
  const filled = await fillMany(filling, ENTRIES)
  const long = Array.from({ length: 64 }, (_, i) => ({ record: bulky(i) }))
  await filling.append('bulky', long, { create: {} })
  await filling.close()
  let store: SqliteStore | undefined
  const held = [
    await longestHold('open the store', async () => {
      store = await openSqliteStore({ path })
    }),
  ]
  if (!store) return held
  const calls = readings(store, folder, filled)
  const untried = Object.values(CAPABILITY_METHODS)
    .flat()
    .filter((method) => !(method in calls))
  if (untried.length > 0) throw new Error(`not measured: ${untried.join(', ')}`)
  for (const [method, each] of Object.entries(calls)) {
    for (const [what, call] of each) {
      held.push(await longestHold(what === '' ? method : `${method}: ${what}`, call))
      console.error(held.at(-1))
    }
  }
  held.push(await longestHold('close', store.close.bind(store)))
  return held
}

function bulky(i: number): string {
  return JSON.stringify({ role: 'tool', content: `${i} ${'\u00e9 and so on, '.repeat(1 << 16)}` })
}

/** A folder of transcripts, a fifth of the entries, most in one file. */
async function measureLegacy(folder: string): Promise<Held[]> {
  const home = join(folder, 'home')
  const each = 20
  const sessions = Math.floor(ENTRIES / 20 / each)
  const made = await makeHome(home, { sessions, messagesEach: each, longBytes: ENTRIES * 150, seed: 7 })
  console.error(made)
  const source = await openJsonlSource(join(home, 'sessions'))
  const store = await openSqliteStore({ path: join(folder, 'legacy.db') })
  const held: Held[] = []
  const measured = async (name: string, call: () => Promise<unknown>): Promise<void> => {
    held.push(await longestHold(name, call))
    console.error(held.at(-1))
  }
  for (const time of ['', ', the second time']) {
    let plan: ImportPlan | undefined
    await measured(`planImport${time}`, async () => {
      plan = await planImport(source, store)
    })
    if (plan) await measured(`runImport${time}`, runImport.bind(null, plan))
  }
  await measured('verifySource', () => verifySource(source, store, { witnesses: true }))
  await store.close()
  const other = await openSqliteStore({ path: join(folder, 'other.db') })
  const adopted = withLegacy(other, source)
  const [longest] = (await adopted.list({ limit: 1 })).sessions
  if (longest) await measured('withLegacy: read', () => drain(adopted.read(longest)))
  await other.close()
  return held
}

function table(rows: readonly Held[]): string {
  const lines = rows.map(
    ({ name, took, held, computed }) =>
      `| ${name} | ${took.toFixed(0)} | ${held.toFixed(0)} | ${computed.toFixed(0)} |`,
  )
  return [
    '| call | took ms | held for up to ms | computed for up to ms |',
    '|---|---|---|---|',
    ...lines,
  ].join('\n')
}

const folder = mkdtempSync(join(tmpdir(), 'faircopy-bench-'))
try {
  const rows = [...(await measureStore(folder)), ...(await measureLegacy(folder))]
  tell('bench:holds', `${ENTRIES.toLocaleString('en')} entries.\n\n${table(rows)}`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
