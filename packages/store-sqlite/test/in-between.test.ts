// What others do between the look of a call and its transaction, at the very place where it would hurt.
import type { ImportStep, SessionImport } from '@faircopy/store-core/operator'
import type { SqliteStore } from '@faircopy/store-sqlite'
import Database from 'better-sqlite3'
import { afterEach, describe, expect, it } from 'vitest'
import { type Between, beforeRead, beforeWrite, otherCalls } from './between.ts'
import { start } from './processes.ts'
import { all, said, temporaryStore } from './temporary.ts'

let happening: Between | null = null

/** What others do before the nth transaction of the call that follows. */
function meanwhile(store: SqliteStore, nth: number, ...calls: readonly (readonly unknown[])[]): void {
  happening = beforeWrite(nth, () => otherCalls(store.path, ...calls))
}

afterEach(() => {
  // A test whose others never came proves nothing.
  const came = happening?.undo()
  happening = null
  expect(came).not.toBe(false)
})

async function texts(store: SqliteStore, id: string): Promise<string[]> {
  return (await all(store.read(id))).map(({ record }) => JSON.parse(record).content)
}

async function filled(...ids: string[]): Promise<SqliteStore> {
  const store = await temporaryStore()
  for (const id of ids)
    await store.append(id, [{ record: said('one') }, { record: said('two') }], { create: {} })
  return store
}

describe('in between', () => {
  it('S27 prune leaves a session that goes on since it looked', async () => {
    const store = await filled('a', 'b')
    for (const id of ['a', 'b']) await store.update(id, { endedAt: 1 })
    meanwhile(store, 1, ['update', 'a', { endedAt: null }])
    expect(await store.prune({ endedOlderThan: 0, dryRun: false })).toMatchObject({ sessions: 1, entries: 2 })
    expect(await texts(store, 'a')).toEqual(['one', 'two'])
    expect(await store.get('b')).toBeNull()
    expect((await store.verify()).findings).toEqual([])
  })

  it('S27 prune leaves a session that waits for an import since it looked', async () => {
    const store = await filled('a', 'b')
    for (const id of ['a', 'b']) await store.update(id, { endedAt: 1 })
    const { head } = (await store.get('a')) ?? {}
    const indexed = { ...note, verdict: 'indexed' }
    meanwhile(store, 1, ['import', { run, session: 'a', about: {}, expectedHead: head, note: indexed }])
    expect(await store.prune({ endedOlderThan: 0, dryRun: false })).toMatchObject({ sessions: 1, entries: 2 })
    expect(await texts(store, 'a')).toEqual(['one', 'two'])
    expect(await store.get('b')).toBeNull()
  })

  it('S27 prune leaves a session that was taken back since it looked', async () => {
    let now = Date.now() - 1000
    const store = await temporaryStore({ policy: { undeleteForMs: 0 }, now: () => now })
    await store.append('a', { record: said('one') }, { create: {} })
    await store.delete('a')
    now++
    meanwhile(store, 1, ['undelete', 'a'])
    expect(await store.prune({ dryRun: false })).toMatchObject({ sessions: 0, entries: 0 })
    expect(await texts(store, 'a')).toEqual(['one'])
  })

  it('S8 S27 prune leaves what a fork says that came since it looked', async () => {
    const store = await filled('a')
    await store.update('a', { endedAt: 1 })
    meanwhile(store, 1, ['fork', 'a', { id: 'child' }])
    expect(await store.prune({ endedOlderThan: 0, dryRun: false })).toMatchObject({ sessions: 1, entries: 0 })
    expect(await texts(store, 'child')).toEqual(['one', 'two'])
    expect((await store.verify()).findings).toEqual([])
  })

  it('S27 prune leaves the history of a session that was deleted since it looked', async () => {
    const store = await filled('a')
    await store.replace('a', { from: 2, entries: [{ record: said('2') }] })
    const later = await temporaryStore({ path: store.path, now: () => Date.now() + 1000 })
    meanwhile(store, 1, ['delete', 'a'])
    const report = await later.prune({ historyOlderThan: 0, dryRun: false })
    expect(report).toMatchObject({ sessions: 0, entries: 0 })
    await store.undelete('a')
    expect((await all(store.history('a'))).map(({ record }) => record)).toEqual([said('two')])
  })

  it('S27 prune removes nothing that another prune removed since it looked', async () => {
    const store = await filled('a', 'b')
    await store.delete('a')
    const policy = { dryRun: false }
    const now = Date.now() + 100 * 24 * 3600 * 1000
    const later = await temporaryStore({ path: store.path, now: () => now })
    meanwhile(store, 2, ['prune', policy])
    expect(await later.prune(policy)).toMatchObject({ sessions: 1, entries: 0 })
    expect(await texts(store, 'b')).toEqual(['one', 'two'])
    expect((await store.verify()).findings).toEqual([])
  })

  it('S27 redact looks again where a session was rewritten since it looked', async () => {
    const store = await filled('a')
    meanwhile(store, 1, ['replace', 'a', { from: 2, entries: [{ record: said('one more') }] }])
    await store.redact('a', 1, 'one')
    // What is said now is another entry than the one that was named; what it was before is history by then.
    expect(await texts(store, 'a')).toEqual(['[redacted]', 'one more'])
    const past = (await all(store.history('a'))).map(({ record }) => record)
    expect(past).toEqual([said('two')])
  })

  it('S27 redact looks again where what it found was pruned since it looked', async () => {
    const store = await filled('a')
    await store.replace('a', { from: 2, entries: [] })
    meanwhile(store, 1, ['prune', { historyOlderThan: 0, dryRun: false }])
    expect(await store.redact('a', 1, 'o')).toMatchObject({ entries: [1] })
    expect((await store.get('a'))?.entryCount).toBe(1)
    expect((await store.verify()).findings).toEqual([])
  })

  it('S27 redact looks again where somebody redacted since it looked', async () => {
    const store = await filled('a')
    meanwhile(store, 1, ['redact', 'a', 1, 'ne'])
    await store.redact('a', 1, 'one')
    expect(await texts(store, 'a')).toEqual(['o[redacted]', 'two'])
    expect((await store.verify()).findings).toEqual([])
  })
})

describe('in between, of what is read', () => {
  it('S14 a listing leaves out what was deleted since it found its place', async () => {
    const store = await filled('a', 'b')
    happening = beforeRead(2, () => otherCalls(store.path, ['delete', 'a']))
    expect((await store.list()).sessions.map(({ id }) => id)).toEqual(['b'])
  })

  it('S17 a step that another process has taken into the index since it was read is not taken again', async () => {
    const store = await filled('a')
    await store.search('one')
    await store.append('a', [{ record: said('three') }, { record: said('three again') }])
    meanwhile(store, 1, ['search', 'three'])
    expect((await store.search('three')).hits).toHaveLength(2)
    expect(documents(store)).toBe(4)
    expect((await store.verify()).findings).toEqual([])
  })

  it('S18 an index that another process has made since it was missed is kept', async () => {
    const store = await filled('a')
    let made: unknown = null
    happening = beforeWrite(1, () => {
      otherCalls(store.path, ['search', 'one'])
      made = asMade(store)
    })
    expect((await store.search('one')).hits).toHaveLength(1)
    expect(asMade(store)).toBe(made)
  })
})

/** How many entries the index has taken. */
function documents(store: SqliteStore): unknown {
  return inIndex(store, 'SELECT doc FROM feed')
}

/** Moves when the tables of the index are made anew. */
function asMade(store: SqliteStore): unknown {
  return inIndex(store, 'PRAGMA schema_version')
}

function inIndex(store: SqliteStore, sql: string): unknown {
  const db = new Database(`${store.path}.search`, { readonly: true })
  try {
    return db.prepare(sql).pluck().get()
  } finally {
    db.close()
  }
}

describe('in between, of a line that was set aside', () => {
  it('S27 redact looks again where lines were set aside since it looked', async () => {
    const store = await filled('a')
    const line = { reason: 'torn-tail', line: 9, offset: 90, length: 8, bytes: { $bytes: '{"c":"one' } }
    const { head } = (await store.get('a')) ?? {}
    const steps = [{ keep: { from: 1, to: 2 } }, { quarantine: line }]
    meanwhile(store, 1, ['import', { run, session: 'a', about: {}, expectedHead: head, steps, note }])
    expect(await store.redact('a', 1, 'one')).toMatchObject({ quarantined: 1 })
    expect((await all(store.quarantined('a'))).map(({ bytes }) => bytes)).toEqual([null])
  })
})

const run = { id: 'run', at: 77, about: {} }
const note = { key: 'key', verdict: 'imported', reason: null, report: {}, certificate: null }

async function* each(steps: readonly ImportStep[]): AsyncGenerator<ImportStep> {
  yield* steps
}

function live(content: string, more: object = {}): ImportStep {
  return {
    live: { record: said(content), provenance: { importId: 'run', witness: 'file', line: 1 }, ...more },
  }
}

/** More than are staged in one transaction. */
const MANY = Array.from({ length: 1100 }, (_, i) => live(`${i}`))

describe('in between, of an import', { timeout: 120_000 }, () => {
  /** An import of many entries into `a`, and what others do right before the transaction that makes them visible. */
  async function importing(
    store: SqliteStore,
    happens: () => void,
    more: Partial<SessionImport> = {},
  ): Promise<unknown> {
    const plan: SessionImport = {
      run,
      session: 'a',
      about: {},
      expectedHead: (await store.get('a'))?.head ?? null,
      steps: each(MANY),
      note,
      confirm: () => {
        happening = beforeWrite(1, happens)
      },
      ...more,
    }
    return store.import(plan).catch((error: { readonly code?: string }) => error.code ?? error)
  }

  it('S9 it is made once, where another makes the same', async () => {
    const store = await filled()
    const theirs = await temporaryStore({ path: store.path })
    let made: Promise<unknown> = Promise.resolve()
    const told = await importing(store, () => {}, {
      confirm: async () => {
        made = theirs.import({ run, session: 'a', about: {}, expectedHead: null, steps: each(MANY), note })
        await made
        happening = beforeWrite(1, () => {})
      },
    })
    expect(told).toMatchObject({ status: 'already' })
    expect(await made).toMatchObject({ status: 'imported', added: 1100 })
    expect(await texts(store, 'a')).toHaveLength(1100)
    expect(await all(store.ledger())).toHaveLength(1)
    expect((await store.verify()).findings).toEqual([])
  })

  it.each<[string, string, readonly (readonly unknown[])[], string[]]>([
    ['is created', 'REVISION_CONFLICT', [['create', 'a', {}]], []],
    [
      'is created and deleted',
      'SESSION_DELETED',
      [
        ['create', 'a', {}],
        ['delete', 'a'],
      ],
      [],
    ],
  ])('S9 a new session that %s meanwhile is not imported: %s', async (_what, code, calls, left) => {
    const store = await filled()
    expect(await importing(store, () => otherCalls(store.path, ...calls))).toBe(code)
    if (code !== 'SESSION_DELETED') expect(await texts(store, 'a')).toEqual(left)
    expect(await all(store.ledger())).toEqual([])
    expect((await store.verify()).findings).toEqual([])
  })

  it.each<[string, readonly (readonly unknown[])[], string[]]>([
    ['goes on', [['append', 'a', { record: said('three') }]], ['one', 'two', 'three']],
    ['is rewritten', [['replace', 'a', { from: 2, entries: [{ record: said('2') }] }]], ['one', '2']],
    [
      'is rewritten to what it said',
      [
        ['replace', 'a', { from: 2, entries: [{ record: said('2') }] }],
        ['replace', 'a', { from: 2, entries: [{ record: said('two') }] }],
      ],
      ['one', 'two'],
    ],
  ])('S9 a session that %s meanwhile is not imported into', async (_what, calls, left) => {
    const store = await filled('a')
    const steps = each([{ keep: { from: 1, to: 2 } }, ...MANY])
    expect(await importing(store, () => otherCalls(store.path, ...calls), { steps })).toBe(
      'REVISION_CONFLICT',
    )
    expect(await texts(store, 'a')).toEqual(left)
    expect(await all(store.ledger())).toEqual([])
    expect((await store.verify()).findings).toEqual([])
  })

  it('S9 what was staged and is gone by then is not half imported', async () => {
    const store = await filled('a')
    const steps = each([{ keep: { from: 1, to: 2 } }, ...MANY])
    const told = await importing(
      store,
      () => {
        const db = new Database(store.path)
        db.exec('DELETE FROM staging')
        db.close()
      },
      { steps },
    )
    expect(told).toBe('REVISION_CONFLICT')
    expect(await texts(store, 'a')).toEqual(['one', 'two'])
    expect((await store.verify()).findings).toEqual([])
  })

  it('S9 what a killed import staged is swept once, where another process sweeps it since it was seen', async () => {
    const store = await filled('a')
    const victim = start('import.ts', [store.path, '600', 'wait'])
    await victim.saw('confirming')
    victim.process.kill('SIGKILL')
    await victim.ended
    const theirs = { run, session: 'b', about: {}, expectedHead: null, note }
    meanwhile(store, 1, ['import', theirs])
    const plan = { run, session: 'c', about: {}, expectedHead: null, note, steps: each([live('mine')]) }
    expect(await store.import(plan)).toMatchObject({ status: 'imported', added: 1 })
    expect(await texts(store, 'c')).toEqual(['mine'])
    expect(await store.get('s')).toBeNull()
    expect((await store.verify()).findings).toEqual([])
  })

  it('S4 S9 a key that is taken by then is a conflict, and nothing is imported', async () => {
    const store = await filled()
    const steps = each([...MANY, live('keyed', { kind: 'delivery', idempotencyKey: 'k' })])
    const taken = { kind: 'delivery', record: said('theirs'), idempotencyKey: 'k' }
    const told = await importing(
      store,
      () => otherCalls(store.path, ['append', 'b', taken, { create: {} }]),
      {
        steps,
      },
    )
    expect(told).toBe('KEY_CONFLICT')
    expect(await store.get('a')).toBeNull()
    expect(await texts(store, 'b')).toEqual(['theirs'])
    expect((await store.verify()).findings).toEqual([])
  })
})
