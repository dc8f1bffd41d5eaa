import type { ImportStep, SessionImport, TranscriptImporter } from '@faircopy/store-core/operator'
import { openSqliteStore, type SqliteStore, type StoreEvent } from '@faircopy/store-sqlite'
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { noThreads } from './no-threads.ts'
import { start } from './processes.ts'
import { all, said, temporaryPath, temporaryStore } from './temporary.ts'

noThreads()

async function* each(steps: readonly ImportStep[]): AsyncGenerator<ImportStep> {
  yield* steps
}

function live(content: string, more: object = {}): ImportStep {
  return {
    live: { record: said(content), provenance: { importId: 'run', witness: 'file', line: 1 }, ...more },
  }
}

function original(content: string): ImportStep {
  return {
    history: {
      record: said(content),
      provenance: { importId: 'run', witness: 'file', standing: 'original' },
    },
  }
}

function plan(steps: readonly ImportStep[] | null, more: Partial<SessionImport> = {}): SessionImport {
  return {
    run: { id: 'run', at: 77, about: { source: 'test' } },
    session: 's',
    about: {},
    expectedHead: null,
    steps: steps && each(steps),
    note: { key: 'key', verdict: 'imported', reason: null, report: { lines: 1 }, certificate: null },
    ...more,
  }
}

async function texts(store: SqliteStore): Promise<string[]> {
  return (await all(store.read('s'))).map(({ record }) => JSON.parse(record).content)
}

async function past(store: SqliteStore): Promise<string[]> {
  return (await all(store.history('s'))).map(({ record }) => JSON.parse(record).content)
}

/** Everything in every table, as seen from outside. */
function dump(path: string): Record<string, unknown[]> {
  const db = new Database(path, { readonly: true })
  const tables = db
    .prepare(`SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name`)
    .pluck()
    .all() as string[]
  const rows = tables.map((name) => [name, db.prepare(`SELECT * FROM ${name}`).all()] as const)
  db.close()
  return Object.fromEntries(rows)
}

describe('import', { timeout: 60_000 }, () => {
  it('S9 makes a new session say the steps, with history, lines set aside and a note', async () => {
    const store = await temporaryStore()
    const receipt = await store.import(
      plan(
        [
          live('a'),
          original('b1'),
          original('b2'),
          live('b'),
          {
            quarantine: {
              reason: 'invalid-json',
              line: 4,
              offset: 90,
              length: 2,
              bytes: Buffer.from([0x7b, 0xff]),
            },
          },
          { quarantine: { reason: 'too-large', line: 5, offset: 93, length: 99999999, bytes: null } },
          live('c', { idempotencyKey: 'c' }),
        ],
        { about: { title: 'T', origin: { platform: 'telegram', chat: '1' }, startedAt: 5, meta: { a: 1 } } },
      ),
    )
    expect(receipt).toMatchObject({
      status: 'imported',
      added: 3,
      session: { entryCount: 3, revision: 1, title: 'T' },
    })
    expect(await texts(store)).toEqual(['a', 'b', 'c'])
    expect(await past(store)).toEqual(['b1', 'b2'])
    expect(await store.generations('s')).toEqual([
      { generation: 1, at: 77, reason: 'create', entryCount: 0 },
      { generation: 2, at: 77, reason: 'originals', entryCount: 2 },
      { generation: 3, at: 77, reason: 'import', entryCount: 3 },
    ])
    expect(await all(store.quarantined('s'))).toMatchObject([
      {
        importId: 'run',
        reason: 'invalid-json',
        line: 4,
        offset: 90,
        length: 2,
        bytes: Uint8Array.of(0x7b, 0xff),
      },
      { importId: 'run', reason: 'too-large', line: 5, bytes: null },
    ])
    expect(await all(store.imports())).toEqual([{ id: 'run', at: 77, about: { source: 'test' } }])
    expect(await all(store.ledger())).toMatchObject([
      {
        key: 'key',
        verdict: 'imported',
        importId: 'run',
        headBefore: null,
        headAfter: receipt.session?.head,
      },
    ])
    expect((await store.append('s', { record: said('c'), idempotencyKey: 'c' })).entries).toMatchObject([
      { seq: 3, already: true },
    ])
    expect((await store.verify()).findings).toEqual([])
  })

  it('S9 merges into a session that is there, and keeps what left it as history', async () => {
    const store = await temporaryStore()
    const { head } = await store.append(
      's',
      ['1', '2', '3'].map((text) => ({ record: said(text) })),
      { create: {} },
    )
    const receipt = await store.import(
      plan(
        [
          { keep: { from: 1, to: 1 } },
          live('1.5'),
          original('2 and more'),
          live('2'),
          { keep: { from: 3, to: 3 } },
        ],
        {
          expectedHead: head,
          about: { title: 'late', endedAt: 9 },
        },
      ),
    )
    expect(receipt).toMatchObject({
      added: 2,
      session: { revision: 2, title: 'late', endedAt: 9, entryCount: 4 },
    })
    expect(await texts(store)).toEqual(['1', '1.5', '2', '3'])
    expect(await past(store)).toEqual(['2', '2 and more'])
    expect(await store.locate('s', 3)).toBe(4)
    expect(await store.locate('s', 2)).toBeNull()
    await store.append('s', { record: said('4') })
    await store.append('s', { record: said('5') })
    expect(await texts(store)).toEqual(['1', '1.5', '2', '3', '4', '5'])
    expect((await store.page('s', { from: 3, limit: 2 })).entries.map(({ record }) => record)).toEqual([
      said('2'),
      said('3'),
    ])
    expect((await store.verify()).findings).toEqual([])
  })

  it('S9 an import that fits into one batch costs one commit, and stages nothing', async () => {
    const events: StoreEvent[] = []
    const store = await temporaryStore({ onEvent: (event) => events.push(event) })
    const steps = Array.from({ length: 400 }, (_, i) => live(`${i}`))
    for (const id of ['a', 'b']) {
      await store.import({
        run: { id: 'run', at: 1, about: {} },
        session: id,
        about: {},
        expectedHead: null,
        steps: each(steps),
        note: { key: 'k', verdict: 'v', reason: null, report: {}, certificate: null },
        confirm: async () => expect((await store.facts()).stagedEntries).toBe(0),
      })
    }
    expect(events.filter(({ type }) => type === 'commit')).toHaveLength(2)
    expect((await store.verify()).findings).toEqual([])
  })

  it('S9 lines are kept as they were when they were handed over, whatever becomes of their memory', async () => {
    const store = await temporaryStore()
    async function* lines(): AsyncGenerator<ImportStep> {
      const memory = Buffer.alloc(4)
      for (const [i, text] of ['one.', 'two.', 'six.'].entries()) {
        memory.write(text)
        const at = { line: i + 1, offset: 4 * i, length: 4 }
        yield { quarantine: { reason: 'invalid-json', ...at, bytes: memory.subarray(0, 4) } }
      }
    }
    await store.import(plan([], { steps: lines() }))
    const kept = await all(store.quarantined('s'))
    expect(kept.map(({ bytes }) => bytes && Buffer.from(bytes).toString())).toEqual(['one.', 'two.', 'six.'])
  })

  it('S9 whatever stretches are kept, alone or around what is new, the head is that of what is said', async () => {
    const store = await temporaryStore()
    const stretches = [1, 2, 3].flatMap((from) =>
      [1, 2, 3].filter((to) => to >= from).map((to) => ({ from, to })),
    )
    const plans = stretches.flatMap((keep) => [
      [{ keep }],
      [{ keep }, live('new')],
      [live('new'), { keep }],
      ...stretches.filter(({ from }) => from > keep.to).map((next) => [{ keep }, { keep: next }]),
    ])
    for (const [i, steps] of plans.entries()) {
      const session = `s${i}`
      const { head } = await store.append(
        session,
        ['1', '2', '3'].map((text) => ({ record: said(text) })),
        {
          create: {},
        },
      )
      await store.import(plan(steps, { session, expectedHead: head }))
    }
    expect((await store.verify()).findings).toEqual([])
  })

  it('S9 the same key again writes nothing at all', async () => {
    const store = await temporaryStore()
    await store.import(plan([live('a')]))
    const before = dump(store.path)
    const again = await store.import(plan([live('other')]))
    expect(again).toMatchObject({ status: 'already', added: 0, session: { entryCount: 1 } })
    expect(dump(store.path)).toEqual(before)
  })

  it('S9 a plan that changes nothing writes only its note, and that it was made', async () => {
    const store = await temporaryStore()
    const { session } = await store.import(plan([live('a'), live('b')], { about: { title: 'T' } }))
    const before = dump(store.path)
    const receipt = await store.import(
      plan([{ keep: { from: 1, to: 2 } }], {
        expectedHead: session?.head ?? null,
        about: { title: 'other' },
        note: { key: 'second', verdict: 'kept', reason: null, report: {}, certificate: null },
      }),
    )
    expect(receipt).toMatchObject({ status: 'imported', added: 0, session: { title: 'T', revision: 1 } })
    const { ledger, imported, ...rest } = dump(store.path)
    const { ledger: ledgerBefore, imported: importedBefore, ...restBefore } = before
    expect(imported?.length).toBe((importedBefore?.length ?? 0) + 1)
    expect(rest).toEqual(restBefore)
    expect(ledger?.length).toBe((ledgerBefore?.length ?? 0) + 1)
  })

  it('S9 a note without steps leaves a session, or its absence, as it is', async () => {
    const store = await temporaryStore()
    expect(await store.import(plan(null))).toEqual({ status: 'imported', session: null, added: 0 })
    expect(await store.get('s')).toBeNull()
    expect(await store.ledgerNote('s', 'key')).toMatchObject({ headBefore: null, headAfter: null })
    expect(await store.ledgerNote('s', 'other')).toBeNull()
  })

  it('S9 a session that moved on is a conflict, before and while it is staged', async () => {
    const store = await temporaryStore()
    const { head } = await store.append('s', { record: said('1') }, { create: {} })
    await expect(store.import(plan([live('x')]))).rejects.toMatchObject({
      code: 'REVISION_CONFLICT',
      expected: null,
      actual: head,
    })
    const racing = plan([{ keep: { from: 1, to: 1 } }, live('x')], {
      expectedHead: head,
      confirm: async () => {
        await store.append('s', { record: said('2') })
      },
    })
    await expect(store.import(racing)).rejects.toMatchObject({ code: 'REVISION_CONFLICT' })
    expect(await texts(store)).toEqual(['1', '2'])
    expect(await past(store)).toEqual([])
    expect(await all(store.ledger())).toEqual([])
  })

  it('S9 what is staged is seen by nobody, and other writers get in between', async () => {
    const store = await temporaryStore()
    const other = await temporaryStore({ path: store.path })
    const { head } = await store.append('s', { record: said('1') }, { create: {} })
    async function* steps(): AsyncGenerator<ImportStep> {
      yield { keep: { from: 1, to: 1 } }
      for (let i = 0; i < 1200; i++) {
        yield live(`${i}`)
        if (i % 300 !== 0) continue
        expect(await texts(other)).toEqual(['1'])
        expect(await past(other)).toEqual([])
        await other.append('t', { record: said(`${i}`) }, { create: {} })
        expect((await all(other.sessions())).map(({ id }) => id)).toEqual(['s', 't'])
      }
    }
    await store.import({ ...plan([]), expectedHead: head, steps: steps() })
    expect(await texts(other)).toHaveLength(1201)
    expect((await other.verify()).findings).toEqual([])
  })

  it('S9 a failed, aborted or unconfirmed import leaves nothing', async () => {
    const store = await temporaryStore()
    const { head } = await store.append('s', { record: said('1') }, { create: {} })
    const clean = dump(store.path)
    const many = Array.from({ length: 1100 }, (_, i) => (i % 2 ? live(`${i}`) : original(`${i}`)))
    const bad = live('bad', { record: '[]' })
    const abort = new AbortController()
    const fails: [string, SessionImport][] = [
      ['bad record', plan([...many, bad], { expectedHead: head })],
      [
        'unconfirmed',
        plan(many, { expectedHead: head, confirm: () => Promise.reject(new Error('changed')) }),
      ],
      ['aborted', plan(many, { expectedHead: head, signal: abort.signal, confirm: () => abort.abort() })],
      ['new session', plan([...many, bad], { session: 'new' })],
      [
        'key twice',
        plan([live('x', { idempotencyKey: 'k' }), live('y', { idempotencyKey: 'k' })], { session: 'new' }),
      ],
      ['out of bounds', plan([{ keep: { from: 1, to: 2 } }], { expectedHead: head })],
    ]
    for (const [name, failing] of fails) await expect(store.import(failing), name).rejects.toThrow()
    const { tip, store: beacon, ...rest } = dump(store.path)
    const { tip: cleanTip, store: cleanBeacon, ...cleanRest } = clean
    expect(rest).toEqual(cleanRest)
    expect(await store.get('s')).toMatchObject({ entryCount: 1, revision: 1, head })
    // Ids that were given out are not given out again.
    expect((await store.append('s', { record: said('2') })).entries[0]).toMatchObject({ seq: 2, id: 3202 })
    expect(await past(store)).toEqual([])
    expect((await store.verify()).findings).toEqual([])
  })

  it('S9 two imports of one session at once: one is made, one conflicts', async () => {
    const store = await temporaryStore()
    const outcomes = await Promise.allSettled([
      store.import(plan([live('a')])),
      store.import(
        plan([live('b')], {
          note: { key: 'two', verdict: 'v', reason: null, report: {}, certificate: null },
        }),
      ),
    ])
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    expect(await all(store.sessions())).toHaveLength(1)
    expect(dump(store.path)['session']).toHaveLength(1)
  })

  it('S9 about fills what is not known and overwrites nothing', async () => {
    const store = await temporaryStore()
    await store.create('s', { title: 'mine', meta: { a: 1 }, codec: 'pi' })
    const session = await store.get('s')
    await store.import(
      plan([], {
        expectedHead: session?.head ?? null,
        about: {
          title: 'theirs',
          meta: { a: 2, b: 3 },
          codec: 'other',
          parent: { id: 'p', why: 'reset' },
          origin: { platform: 'x' },
          endReason: 'done',
        },
      }),
    )
    expect(await store.get('s')).toMatchObject({
      title: 'mine',
      meta: { a: 1, b: 3 },
      codec: 'pi',
      parent: { namespace: 'default', id: 'p', entry: null, why: 'reset' },
      origin: { platform: 'x' },
      endReason: 'done',
      revision: 0,
    })
  })

  it('S9 the ledger is read by session, by run, and in order', async () => {
    const store = await temporaryStore()
    const importer: TranscriptImporter = store
    for (let i = 0; i < 300; i++) {
      await importer.import(
        plan(null, {
          session: `s${i % 3}`,
          run: { id: `run${i % 2}`, at: i, about: {} },
          note: { key: `k${i}`, verdict: 'v', reason: null, report: { i }, certificate: { c: i } },
        }),
      )
    }
    expect((await all(store.ledger())).map(({ report }) => report['i'])).toEqual(
      Array.from({ length: 300 }, (_, i) => i),
    )
    const both = await all(store.ledger({ session: 's1', importId: 'run0' }))
    expect(both.map(({ key }) => key)).toEqual(
      Array.from({ length: 300 }, (_, i) => i).flatMap((i) => (i % 3 === 1 && i % 2 === 0 ? [`k${i}`] : [])),
    )
    expect(await all(store.ledger({ session: 's1' }))).toHaveLength(100)
    expect(await all(store.ledger({ importId: 'run1' }))).toHaveLength(150)
    expect((await all(store.imports())).map(({ id }) => id)).toEqual(['run0', 'run1'])
  })

  it('S9 killed at any time, a second run gives the same store as one clean run', async () => {
    const clean = await openSqliteStore({ path: temporaryPath() })
    await clean.close()
    await start('import.ts', [clean.path, '3000']).ended
    const say = async (path: string) => {
      const store = await temporaryStore({ path })
      const { updatedAt: _, ...session } = (await store.get('s')) ?? { updatedAt: 0 }
      const found = { session, live: await texts(store), past: (await past(store)).length }
      expect((await store.verify()).findings).toEqual([])
      expect(dump(path)['staging']).toEqual([])
      expect(dump(path)['session']).toHaveLength(1)
      expect(dump(path)['quarantine']).toHaveLength(3)
      return found
    }
    const expected = await say(clean.path)
    for (const after of [1, 4]) {
      const path = temporaryPath()
      const killed = start('import.ts', [path, '3000'])
      await killed.saw(`"staged":${after * 500}`)
      killed.process.kill('SIGKILL')
      await killed.ended
      const { lines } = await start('import.ts', [path, '3000']).ended
      expect(lines.at(-1)).toMatchObject({ status: 'imported' })
      expect(await say(path)).toEqual(expected)
    }
  })

  it('S9 an import that another living process has at work is not swept', async () => {
    const path = temporaryPath()
    const slow = start('import.ts', [path, '1000', 'wait'])
    await slow.saw('"confirming"')
    const store = await temporaryStore({ path })
    await store.import(plan([live('x')], { session: 't' }))
    slow.process.stdin?.write('go\n')
    const { lines } = await slow.ended
    expect(lines.at(-1)).toMatchObject({ status: 'imported' })
    expect(await texts(store)).toHaveLength(667)
  })
})
