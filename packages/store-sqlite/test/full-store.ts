import type { ImportStep, SessionImport } from '@faircopy/store-core/operator'
import { openSqliteStore, type SqliteStore } from '@faircopy/store-sqlite'

/** The time by every clock of these stores. */
export const AT = 1_800_000_000_000

const DAY = 24 * 60 * 60 * 1000
const provenance = { importId: 'run', witness: 'file' } as const

/** Whom a delivery waits for, and whom a session is of. */
export const AWAITED = { platform: 'telegram', chat: 'awaited' } as const
export const ADA = { platform: 'telegram', chat: '1', user: 'ada' } as const
export const ROUTED = { platform: 'telegram', chat: '2', user: 'bob' } as const

/** The record of a message. */
export function said(content: string): string {
  return JSON.stringify({ role: 'user', content })
}

/** Opens a store at a moment of its own. */
export function openAt(path: string, now: number = AT): Promise<SqliteStore> {
  return openSqliteStore({ path, now: () => now, policy: { undeleteForMs: 10 * DAY } })
}

async function* steps(name: string, kept: number, count: number): AsyncGenerator<ImportStep> {
  if (kept > 0) yield { keep: { from: 1, to: kept } }
  for (let i = 0; i < count; i++) {
    const entry = {
      record: said(`${name} brought ${i}`),
      at: AT - i,
      provenance: { ...provenance, line: i + 1 },
      ...(i % 3 === 0 && { idempotencyKey: `${name}-${i}` }),
    }
    yield i % 4 === 3 ? { history: entry } : { live: entry }
  }
  yield { quarantine: { reason: 'torn', line: 7, offset: 7, length: 9, bytes: Buffer.from(`${name} torn`) } }
}

/** An import of a session. */
export function plan(name: string, kept: number, count: number, expectedHead: string | null): SessionImport {
  return {
    run: { id: `run of ${name}`, at: AT, about: { path: `/${name}`, format: 'x' } },
    session: name,
    about: { title: `title of ${name}`, meta: { model: name } },
    expectedHead,
    steps: steps(name, kept, count),
    note: {
      key: `note of ${name}`,
      verdict: 'imported',
      reason: null,
      report: { lines: count },
      certificate: { name },
    },
  }
}

/** Fills a store so that nearly every table has rows; what only a killed process leaves, {@link leaveAtWork} adds. */
export async function fill(path: string): Promise<void> {
  const past = await openAt(path, AT - 30 * DAY)
  for (const id of ['gone', 'parent', 'rewritten']) {
    await past.append(
      id,
      Array.from({ length: 12 }, (_, i) => ({
        record: said(`${id} once said ${i}`),
        at: i,
        idempotencyKey: `${id}-${i}`,
        ...(i % 4 === 1 && { kind: 'delivery' }),
      })),
      { create: { title: id, meta: { id } } },
    )
  }
  await past.replace('rewritten', { from: 3, entries: [{ record: said('another end') }] })
  await past.replace('rewritten', { from: 2, entries: [{ record: said('yet another end') }] })
  await past.fork('parent', { id: 'child', through: 8 })
  await past.append('child', { record: said('the child goes on'), idempotencyKey: 'child-1' })
  await past.delete('parent')
  await past.close()
  const store = await openAt(path)
  await store.prune({ dryRun: false, historyOlderThan: DAY })
  await store.delete('gone')
  for (const [i, id] of ['ada', 'bob', 'cyd', 'long'].entries()) {
    await store.append(
      id,
      Array.from({ length: id === 'long' ? 600 : 30 }, (_, n) => ({
        record: said(`${id} says ${n} words of ${'interest '.repeat(n % 5)}`),
        at: AT + n,
        idempotencyKey: `${id}-${n}`,
        ...(n % 9 === 4 && { kind: 'delivery' }),
      })),
      { create: { title: id, meta: { number: i }, ...(id === 'ada' && { origin: ADA }) } },
    )
  }
  await store.append('ada', { record: said('linked'), idempotencyKey: 'other', correlation: 'ada-3' })
  await store.replace('bob', { from: 20, entries: [{ record: said('bob anew') }] }, { operationKey: 'op-1' })
  await store.replace('bob', { from: 10, entries: [{ record: said('bob secret anew') }] })
  await store.fork('bob', { id: 'branch', through: 9 }, { operationKey: 'op-2' })
  await store.append('branch', { record: said('the branch goes on') })
  await store.redact('bob', 31, 'anew')
  await store.update('cyd', { endedAt: AT, endReason: 'done', meta: { ended: { at: [1, 2] } } })
  await store.route(ROUTED, 'bob')
  await store.append(
    { origin: AWAITED, whenAbsent: 'hold' },
    { kind: 'delivery', record: said('waits'), idempotencyKey: 'held-1' },
  )
  await store.import(plan('fresh', 0, 20, null))
  const { head } = await store.append('merged', [{ record: said('own') }], { create: {} })
  await store.import(plan('merged', 1, 20, head))
  await store.import(plan('undone', 0, 20, null))
  await store.fork('undone', { id: 'heir' })
  await store.undoImport({
    importId: 'run of undone',
    session: 'undone',
    run: { id: 'undo', at: AT, about: {} },
  })
  await store.search('says')
  await store.close()
}

/** Leaves an import at work and a claim behind, as a killed process does. */
export async function leaveAtWork(path: string): Promise<void> {
  const store = await openAt(path)
  await store.claimImport('claimed')
  const staged = Promise.withResolvers<void>()
  const endless = plan('staged', 0, 0, null)
  store
    .import({
      ...endless,
      steps: (async function* () {
        yield* steps('staged', 0, 510)
        staged.resolve()
        await new Promise(() => {})
      })(),
    })
    .catch(() => {})
  await staged.promise
  while ((await store.facts()).stagedEntries < 500) await new Promise(setImmediate)
}

/** Writes to most sessions, so that a log holds many commits. */
export async function goOn(path: string): Promise<void> {
  const store = await openAt(path)
  for (let i = 0; i < 6; i++) {
    for (const id of ['ada', 'bob', 'long', 'child', 'merged'])
      await store.append(id, { record: said(`${id} goes on ${i}`), idempotencyKey: `on-${id}-${i}` })
  }
  await store.search('goes')
  await store.append('ada', { record: said('the last words') })
  await store.append('bob', { record: said('the very last words') })
  await store.search('words')
}
