import { type NewEntry, StoreError } from '@faircopy/store-core'
import type { ImportStep, SessionImport } from '@faircopy/store-core/operator'
import { openSqliteStore, type SqliteStore } from '@faircopy/store-sqlite'
import { describe, expect, it } from 'vitest'
import { resealStatement } from '../src/file/seal.ts'
import { flip, tamper, tamperBehindIndex, tamperUnsealed } from './tampering.ts'
import { all, said, temporaryPath, temporaryStore } from './temporary.ts'

const SECRET = 'hunter2'
const entry = (text: string, more: Partial<NewEntry> = {}): NewEntry => ({ record: said(text), ...more })

/** A closed store of four sessions, each of some entries. */
async function made(): Promise<string> {
  const path = temporaryPath()
  const store = await openSqliteStore({ path })
  for (const id of ['alpha', 'bravo', 'charlie', 'delta']) {
    const texts = ['one', 'two', 'three'].map((text) => entry(`${text} of ${id}`))
    const origin = { platform: 'telegram', chat: id }
    await store.append(id, texts, { create: { origin, title: 'T', meta: { model: SECRET } } })
    await store.append(id, entry('keyed', { idempotencyKey: 'k' }))
  }
  await store.close()
  return path
}

async function* each(steps: readonly ImportStep[]): AsyncGenerator<ImportStep> {
  yield* steps
}

/** What a call fails with: an error of the contract that holds no text of the store. */
async function failureOf(call: Promise<unknown>): Promise<unknown> {
  const error: unknown = await call.then(
    (answer) => ({ answer }),
    (error: unknown) => error,
  )
  if (!StoreError.is(error)) throw new Error(`no error of the contract: ${JSON.stringify(error)}`)
  expect(`${error.message} ${(error.cause as Error | undefined)?.message}`).not.toContain(SECRET)
  return error
}

async function isDamage(call: Promise<unknown>, ...ids: readonly string[]): Promise<void> {
  const sessions = ids.map((id) => ({ namespace: 'default', id }))
  expect(await failureOf(call)).toMatchObject({ code: 'STORE_CORRUPT', outcome: 'not-stored', sessions })
}

/** Everything but one session is as it was; and nobody takes that one for another, or for none. */
async function onlyIsDamaged(store: SqliteStore, id: string): Promise<void> {
  const others = ['alpha', 'bravo', 'charlie', 'delta'].filter((one) => one !== id)
  await isDamage(store.get(id), id)
  await isDamage(store.create(id), id)
  await isDamage(store.update(id, { title: 'x' }), id)
  await isDamage(store.delete(id), id)
  await isDamage(store.resolve({ platform: 'telegram', chat: id }), id)
  const listed: string[] = []
  const listing = async (): Promise<void> => {
    for await (const session of store.sessions()) listed.push(session.id)
  }
  await isDamage(listing(), id)
  expect(listed).toEqual(others)
  for (const order of ['address', 'recent'] as const) {
    const ids: string[] = []
    const damaged: string[] = []
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page = await store.list({ order, limit: 1, ...(cursor !== undefined && { cursor }) })
      ids.push(...page.sessions.map((session) => session.id))
      damaged.push(...(page.damaged ?? []).map((session) => session.id))
      cursor = page.next
    }
    expect([ids.sort(), damaged]).toEqual([others, [id]])
  }
  const { hits, complete, damaged } = await store.search('one')
  expect([hits.map(({ session }) => session.id).sort(), complete]).toEqual([others, false])
  expect(damaged).toEqual([{ namespace: 'default', id }])
  for (const other of others) {
    const { hits, ...told } = await store.search('one', { session: other })
    expect([hits.map(({ session }) => session.id), told]).toEqual([[other], { complete: true, behind: 0 }])
  }
  for (const other of others) {
    expect((await store.append(other, entry('more'))).entryCount).toBe(5)
    expect((await all(store.read(other)))[0]?.record).toBe(said(`one of ${other}`))
  }
}

describe('S15 S22 a session whose row is damaged', { timeout: 60_000 }, () => {
  it('in its state is never no session, and leaves the others', async () => {
    const path = await made()
    flip(path, 'bravolive', 'bravoliwe')
    const store = await temporaryStore({ path })
    await isDamage(store.append('bravo', entry('x')), 'bravo')
    await isDamage(store.append('bravo', entry('x'), { create: {} }), 'bravo')
    await isDamage(store.page('bravo'), 'bravo')
    await isDamage(all(store.read('bravo')), 'bravo')
    await isDamage(
      store.open(
        { origins: [{ platform: 'telegram', chat: 'bravo' }] },
        { session: { create: { id: 'new' } } },
      ),
      'bravo',
    )
    await onlyIsDamaged(store, 'bravo')
  })

  const facts = {
    title: `title = 'U'`,
    meta: `meta = '{!"model":"${SECRET}"}'`,
    codec: `codec = 'openai-chaT'`,
    origin: `user = 'somebody'`,
    parent: `parent_namespace = 'default', parent_id = 'alpha', parent_why = 'fork'`,
    'start time': 'started_at = 1',
  }
  it.each(Object.entries(facts))('in its %s is named by every call that tells it', async (_, set) => {
    const path = await made()
    tamper(path, `UPDATE session SET ${set} WHERE id = 'bravo'`)
    await onlyIsDamaged(await temporaryStore({ path }), 'bravo')
  })

  it('is told by a search in it, and not by one in the session that it was forked from', async () => {
    const path = await made()
    const before = await openSqliteStore({ path })
    await before.fork('alpha', { id: 'child', through: 2 })
    await before.close()
    tamper(path, `UPDATE session SET title = 'U' WHERE id = 'child'`)
    const store = await temporaryStore({ path })
    const child = { namespace: 'default', id: 'child' }
    const found = async (session?: string) => {
      const { hits, complete, damaged } = await store.search('one', session === undefined ? {} : { session })
      return [hits.map((hit) => hit.session.id).sort(), complete, damaged]
    }
    expect(await found('alpha')).toEqual([['alpha'], true, undefined])
    expect(await found('bravo')).toEqual([['bravo'], true, undefined])
    expect(await found()).toEqual([['alpha', 'bravo', 'charlie', 'delta'], false, [child]])
  })

  it('without a seal, in JSON that is none', async () => {
    const path = await made()
    tamperUnsealed(path, `UPDATE session SET meta = '{!"model":"${SECRET}"}' WHERE id = 'bravo'`)
    const store = await temporaryStore({ path })
    await isDamage(store.get('bravo'), 'bravo')
    await isDamage(store.update('bravo', { title: 'x' }), 'bravo')
    expect((await store.list()).damaged).toEqual([{ namespace: 'default', id: 'bravo' }])
    expect((await store.get('alpha'))?.entryCount).toBe(4)
  })

  it('does no harm to the others of its transaction', async () => {
    const path = await made()
    tamper(
      path,
      `UPDATE generation SET reason = 'fork' WHERE session = (SELECT number FROM session WHERE id = 'bravo')`,
    )
    const store = await temporaryStore({ path })
    const [alpha, bravo, charlie] = await Promise.allSettled([
      store.append('alpha', entry('x')),
      store.replace('bravo', { from: 1, entries: [entry('y')] }),
      store.append('charlie', entry('z')),
    ])
    expect([alpha.status, bravo.status, charlie.status]).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    await isDamage(Promise.reject((bravo as PromiseRejectedResult).reason), 'bravo')
  })
})

describe('S22 an index that leads to another session', { timeout: 60_000 }, () => {
  const reseal = resealStatement('session', '1')

  it('serves and writes neither of them', async () => {
    const path = await made()
    tamperBehindIndex(
      path,
      'session_address',
      `UPDATE session SET id = CASE id WHEN 'bravo' THEN 'charlie' WHEN 'charlie' THEN 'bravo' ELSE id END; ${reseal}`,
    )
    const store = await temporaryStore({ path })
    for (const id of ['bravo', 'charlie']) {
      await isDamage(store.get(id), id)
      await isDamage(store.page(id), id)
      await isDamage(all(store.read(id)), id)
      await isDamage(store.append(id, entry('private')), id)
      await isDamage(store.delete(id), id)
    }
    expect((await store.list()).damaged?.map(({ id }) => id)).toEqual(['bravo', 'charlie'])
    expect((await store.append('alpha', entry('x'))).entryCount).toBe(5)
  })

  it.each([true, false])(
    'says nothing of a session that is there: no second one is made (sealed: %s)',
    async (sealed) => {
      const path = await made()
      if (!sealed) tamperUnsealed(path, '')
      const seal = sealed ? reseal : ''
      tamperBehindIndex(
        path,
        'session_address',
        `UPDATE session SET id = 'charm' WHERE id = 'charlie'; ${seal}`,
      )
      const store = await temporaryStore({ path })
      await isDamage(store.get('charm'), 'charm')
      await isDamage(store.append('charm', entry('x'), { create: {} }), 'charm')
      await isDamage(store.create('charm'), 'charm')
      await isDamage(store.append('charlie', entry('x')), 'charlie')
      expect(await store.get('alp')).toBeNull()
      expect(await store.get('zulu')).toBeNull()
      await store.create('beta')
    },
  )

  it('is told by an origin that leads to a session of another chat', async () => {
    const path = await made()
    tamperBehindIndex(
      path,
      'session_origin',
      `UPDATE session SET chat = 'elsewhere' WHERE id = 'bravo'; ${reseal}`,
    )
    const store = await temporaryStore({ path })
    const target = { origin: { platform: 'telegram', chat: 'bravo' } }
    await isDamage(store.append(target, entry('x')), 'bravo')
    await isDamage(store.resolve(target.origin), 'bravo')
    expect((await store.resolve({ platform: 'telegram', chat: 'alpha' }))?.id).toBe('alpha')
  })

  it('says nothing of a chat that has a session: it gets no second one', async () => {
    const path = await made()
    tamperBehindIndex(
      path,
      'session_origin',
      `UPDATE session SET chat = 'charm' WHERE id = 'charlie'; ${reseal}`,
    )
    const store = await temporaryStore({ path })
    const origin = { platform: 'telegram', chat: 'charm' }
    await isDamage(store.opened({ origins: [origin] }))
    await isDamage(store.open({ origins: [origin] }, { session: { create: { id: 'second' } } }))
    await isDamage(store.append({ origin, whenAbsent: { create: { id: 'second' } } }, entry('x')))
    await isDamage(store.append({ origin, whenAbsent: 'hold' }, entry('x', { kind: 'delivery' })))
    expect(await store.get('second')).toBeNull()
    expect(await store.opened({ origins: [{ platform: 'telegram', chat: 'zulu' }] })).toBeNull()
    expect((await store.opened({ origins: [{ platform: 'telegram', chat: 'alpha' }] }))?.id).toBe('alpha')
  })
})

describe('S22 a list of entries', { timeout: 60_000 }, () => {
  /** A session that says some of its entries in a list of ranges, behind them a tail. */
  async function rewritten(): Promise<string> {
    const path = await made()
    const store = await openSqliteStore({ path })
    await store.replace('bravo', { from: 2, entries: [entry('new')] })
    await store.append('bravo', entry('last'))
    await store.close()
    return path
  }
  const OF_BRAVO = `session = (SELECT number FROM session WHERE id = 'bravo') AND generation = 2`
  const damages = {
    'begins elsewhere': 'first = first + 1, last = last + 1',
    'is longer': 'last = last + 2',
    'is at another place': 'seq = 2',
    'is of another session': `owner = (SELECT number FROM session WHERE id = 'charlie')`,
    'is of another list': 'generation = 3',
  }
  for (const [what, set] of Object.entries(damages)) {
    // A range as long as it was that begins elsewhere can be told by its seal alone.
    it.each(what === 'begins elsewhere' ? [true] : [true, false])(
      `that ${what} is read and written by nobody (sealed: %s)`,
      async (sealed) => {
        const path = await rewritten()
        ;(sealed ? tamper : tamperUnsealed)(path, `UPDATE range SET ${set} WHERE ${OF_BRAVO}`)
        const store = await temporaryStore({ path })
        await isDamage(all(store.read('bravo')), 'bravo')
        await isDamage(store.page('bravo'), 'bravo')
        await isDamage(store.append('bravo', entry('x')), 'bravo')
        await isDamage(store.replace('bravo', { from: 1, entries: [] }), 'bravo')
        await isDamage(store.fork('bravo', { id: 'f' }), 'bravo')
        expect((await store.append('charlie', entry('x'))).entryCount).toBe(5)
        expect(await all(store.read('charlie'))).toHaveLength(5)
      },
    )
  }

  const tips = {
    'a tail that is no range': 'tail_first = tail_last + 1',
    'a tail behind its ids': 'tail_last = tail_last + 7',
    'a count that is not its tail’s': 'entry_count = entry_count + 1',
    'an id below its entries': 'next_id = 1',
    'another list': 'generation = -1',
    'a head that is none': `head = x'00'`,
  }
  it.each(Object.entries(tips))('of %s', async (_, set) => {
    for (const harm of [tamper, tamperUnsealed]) {
      const path = await made()
      harm(path, `UPDATE tip SET ${set} WHERE session = (SELECT number FROM session WHERE id = 'bravo')`)
      const store = await temporaryStore({ path })
      await isDamage(store.append('bravo', entry('x')), 'bravo')
      await isDamage(all(store.read('bravo')), 'bravo')
      expect((await store.append('alpha', entry('x'))).entryCount).toBe(5)
    }
  })

  it('that are told by number', async () => {
    for (const sql of [`UPDATE generation SET reason = 'fork'`, 'DELETE FROM generation']) {
      const path = await rewritten()
      tamper(path, `${sql} WHERE ${OF_BRAVO.replace('generation', 'number')}`)
      const store = await temporaryStore({ path })
      await isDamage(store.generations('bravo'), 'bravo')
      expect(await store.generations('alpha')).toHaveLength(1)
    }
  })

  it('of which history says another session’s entries', async () => {
    const path = await rewritten()
    const other = `owner = (SELECT number FROM session WHERE id = 'charlie')`
    tamperUnsealed(
      path,
      `UPDATE range SET ${other} WHERE ${OF_BRAVO.replace('generation = 2', 'generation = 1')}`,
    )
    await isDamage(all((await temporaryStore({ path })).history('bravo')), 'bravo')
  })

  it('whose tip is gone, or says anything else than was written', async () => {
    for (const sql of ['DELETE FROM tip', 'UPDATE tip SET revision = revision + 1']) {
      const path = await made()
      tamper(path, `${sql} WHERE session = (SELECT number FROM session WHERE id = 'bravo')`)
      const store = await temporaryStore({ path })
      await isDamage(store.append('bravo', entry('x')), 'bravo')
      await isDamage(all(store.read('bravo')), 'bravo')
      await isDamage(store.get('bravo'), 'bravo')
      expect((await store.list()).damaged).toEqual([{ namespace: 'default', id: 'bravo' }])
    }
  })

  it('of an entry whose record is no text, or that tells no place it came from', async () => {
    const path = await made()
    tamper(path, `UPDATE entry SET provenance = '{!${SECRET}' WHERE record LIKE '%two of bravo%'`)
    const store = await temporaryStore({ path })
    expect(await failureOf(all(store.read('bravo')))).toMatchObject({ session: { id: 'bravo' }, entry: 2 })
    expect(await all(store.read('alpha'))).toHaveLength(4)
    expect((await store.append('alpha', entry('x'))).entryCount).toBe(5)
  })
})

describe('S22 what is kept beside the entries', { timeout: 60_000 }, () => {
  const RUN = { id: 'run', at: 1, about: { path: SECRET } }
  const plan = (id: string): SessionImport => ({
    session: id,
    run: RUN,
    expectedHead: null,
    about: {},
    note: {
      key: 'key',
      verdict: 'merged',
      reason: null,
      report: { path: SECRET },
      certificate: { path: SECRET },
    },
    steps: each([
      { live: { record: said('imported'), provenance: { importId: 'run', witness: 'file' } } },
      { quarantine: { reason: 'invalid-json', line: 1, offset: 0, length: 3, bytes: Buffer.from('abc') } },
    ]),
  })
  async function imported(): Promise<string> {
    const path = await made()
    const store = await openSqliteStore({ path })
    await store.import(plan('echo'))
    await store.import(plan('foxtrot'))
    await store.close()
    return path
  }
  const NOT_JSON = `'{!"path":"${SECRET}"}'`

  it.each(['report', 'certificate', 'verdict', 'key'])(
    'a note’s %s is named with its session, and the others go on',
    async (column) => {
      for (const harm of column === 'verdict' || column === 'key' ? [tamper] : [tamper, tamperUnsealed]) {
        const path = await imported()
        harm(path, `UPDATE ledger SET ${column} = ${NOT_JSON} WHERE session = 'echo'`)
        const store = await temporaryStore({ path })
        if (column !== 'key') await isDamage(store.ledgerNote('echo', 'key'), 'echo')
        await isDamage(all(store.ledger({ session: 'echo' })), 'echo')
        // Which runs are settled can't be told: the lines are given, and then why.
        const lines: unknown[] = []
        const telling = async () => {
          for await (const line of store.quarantined('echo')) lines.push(line)
        }
        await isDamage(telling(), 'echo')
        expect(lines).toHaveLength(1)
        const seen: string[] = []
        const reading = async (): Promise<void> => {
          for await (const { session } of store.ledger()) seen.push(session.id)
        }
        await isDamage(reading(), 'echo')
        expect(seen).toEqual(['foxtrot'])
        expect(await store.ledgerNote('foxtrot', 'key')).not.toBeNull()
      }
    },
  )

  it('a note that an index leads to instead of another is not taken for it', async () => {
    const path = await imported()
    tamperUnsealed(path, '')
    tamperBehindIndex(path, 'ledger_run', `UPDATE ledger SET run = 99 WHERE session = 'echo'`)
    const store = await temporaryStore({ path })
    await isDamage(all(store.ledger({ importId: 'run' })), 'echo')
  })

  it('what is known of an import, of no session', async () => {
    for (const harm of [tamper, tamperUnsealed]) {
      const path = await imported()
      harm(path, `UPDATE import_run SET about = ${NOT_JSON}`)
      const store = await temporaryStore({ path })
      await isDamage(all(store.imports()))
      expect((await all(store.sessions())).length).toBe(6)
      expect((await store.append('alpha', entry('x'))).entryCount).toBe(5)
    }
  })

  it('what an import did, before it is taken back', async () => {
    for (const harm of [tamper, tamperUnsealed]) {
      const path = await imported()
      harm(
        path,
        `UPDATE imported SET filled = ${NOT_JSON} WHERE session = (SELECT number FROM session WHERE id = 'echo')`,
      )
      const store = await temporaryStore({ path })
      await isDamage(
        store.undoImport({ session: 'echo', importId: 'run', run: { ...RUN, id: 'undo' } }),
        'echo',
      )
      expect(await all(store.read('echo'))).toHaveLength(1)
    }
  })

  it('quarantined bytes', async () => {
    const path = await imported()
    tamper(
      path,
      `UPDATE quarantine SET bytes = x'00' WHERE session = (SELECT number FROM session WHERE id = 'echo')`,
    )
    const store = await temporaryStore({ path })
    await isDamage(all(store.quarantined('echo')), 'echo')
    expect(await all(store.quarantined('foxtrot'))).toHaveLength(1)
  })

  it('what was answered under an operation key', async () => {
    for (const harm of [tamper, tamperUnsealed]) {
      const path = await made()
      const store = await openSqliteStore({ path })
      const again = (on: SqliteStore): Promise<unknown> =>
        on.replace('bravo', { from: 1, entries: [entry('n')] }, { operationKey: 'op' })
      await again(store)
      await store.close()
      harm(path, `UPDATE operation SET answer = ${NOT_JSON}`)
      await isDamage(again(await temporaryStore({ path })), 'bravo')
    }
  })

  it('a key that leads to another entry, or to none', async () => {
    const path = await made()
    tamper(
      path,
      `UPDATE entry_key SET id = 2 WHERE session = (SELECT number FROM session WHERE id = 'bravo')`,
    )
    const store = await temporaryStore({ path })
    await isDamage(store.append('bravo', entry('keyed', { idempotencyKey: 'k' })), 'bravo')
    expect((await store.append('alpha', entry('keyed', { idempotencyKey: 'k' }))).entries[0]?.already).toBe(
      true,
    )
  })

  it('the key of a delivery that leads elsewhere', async () => {
    const path = await made()
    const first = await openSqliteStore({ path })
    const delivery = entry('d', { kind: 'delivery', idempotencyKey: 'delivered' })
    await first.append('bravo', delivery)
    await first.close()
    tamper(path, `UPDATE delivery_key SET session = (SELECT number FROM session WHERE id = 'charlie')`)
    const store = await temporaryStore({ path })
    expect(await failureOf(store.append('bravo', delivery))).toMatchObject({ code: 'STORE_CORRUPT' })
  })

  it('a delivery that is held is not placed as something else', async () => {
    const path = await made()
    const first = await openSqliteStore({ path })
    const origin = { platform: 'telegram', chat: 'new' }
    const held = entry('held', { kind: 'delivery', idempotencyKey: 'h' })
    await first.append({ origin, whenAbsent: 'hold' }, held)
    await first.close()
    tamper(path, `UPDATE held SET record = replace(record, 'held', 'hurt')`)
    const store = await temporaryStore({ path })
    await isDamage(store.create('new', { origin }))
    expect(await store.get('new')).toBeNull()
    await store.create('other', { origin: { platform: 'telegram', chat: 'other' } })
  })

  it('a route is not followed', async () => {
    const path = await made()
    const first = await openSqliteStore({ path })
    const origin = { platform: 'telegram', chat: 'routed' }
    await first.route(origin, 'bravo')
    await first.close()
    tamper(path, `UPDATE route SET session = (SELECT number FROM session WHERE id = 'charlie')`)
    const store = await temporaryStore({ path })
    await isDamage(store.append({ origin }, entry('x')))
    await isDamage(store.opened({ origins: [origin] }))
    expect((await store.resolve({ platform: 'telegram', chat: 'alpha' }))?.id).toBe('alpha')
  })

  it('an entry that is damaged is not sealed anew by a redaction', async () => {
    const path = await made()
    tamper(path, `UPDATE entry SET writer = 'other' WHERE record LIKE '%two of bravo%'`)
    const store = await temporaryStore({ path })
    await isDamage(store.redact('bravo', 2, 'two'), 'bravo')
    expect((await all(store.read('bravo')))[1]?.record).toBe(said('two of bravo'))
  })
})
