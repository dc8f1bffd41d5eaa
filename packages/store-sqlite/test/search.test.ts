import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { SearchResult, TranscriptSearch } from '@faircopy/store-core'
import { createMemoryStore } from '@faircopy/store-core/memory'
import type { ImportStep } from '@faircopy/store-core/operator'
import { openSqliteStore, type SqliteStore } from '@faircopy/store-sqlite'
import Database from 'better-sqlite3'
import fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import { script, start } from './processes.ts'
import { smallDisk } from './small-disk.ts'
import { said, temporaryFolder, temporaryPath, temporaryStore } from './temporary.ts'

const LONG = process.env['LONG'] === '1'
/** Time enough to catch up on any machine. */
const budget = 60_000

/** What was found, newest first: the session and the place. */
function places({ hits }: SearchResult): string[] {
  return hits.map(({ session, entry }) => `${session.id} ${entry.seq}`)
}

async function found(store: TranscriptSearch, query: string): Promise<string[]> {
  const result = await store.search(query, { budget })
  expect(result).toMatchObject({ complete: true, behind: 0 })
  return places(result)
}

/** A store with an index of a few entries. */
async function indexedStore(): Promise<SqliteStore> {
  const store = await temporaryStore()
  for (const text of ['one apple', 'two apples', 'three apple pies'])
    await store.append('s', { record: said(text) }, { create: {} })
  expect(await found(store, 'apple')).toEqual(['s 3', 's 1'])
  return store
}

/** That search finds what it should, also what is appended now, and that nothing came in the way of an append (S18). */
async function expectWhole(store: SqliteStore): Promise<void> {
  expect(await found(store, 'apple')).toEqual(['s 3', 's 1'])
  expect((await store.append('s', { record: said('a fourth apple') })).entryCount).toBe(4)
  expect(await found(store, 'apple')).toEqual(['s 4', 's 3', 's 1'])
  expect((await store.verify()).findings).toEqual([])
}

/** The rows that an index has; null where it is not one. */
function indexed(path: string): number | null {
  const db = new Database(`${path}.search`, { readonly: true })
  try {
    return db.prepare('SELECT doc FROM feed').pluck().get() as number
  } catch {
    return null
  } finally {
    db.close()
  }
}

/** Of how many parts an index is: FTS5 asks each of them. */
function parts(path: string): number {
  const db = new Database(`${path}.search`, { readonly: true })
  try {
    return db.prepare('SELECT count(DISTINCT segid) FROM term_idx').pluck().get() as number
  } finally {
    db.close()
  }
}

/** The files of an index in which a word stands. */
function holding(path: string, word: string): string[] {
  const names = readdirSync(dirname(path)).filter((name) => name.startsWith(`${basename(path)}.search`))
  return names.filter((name) => readFileSync(join(dirname(path), name)).includes(word))
}

describe('S17 search', () => {
  it('S17 finds every script, names and arguments of tools, and pieces of identifiers', async () => {
    const store = await temporaryStore()
    const texts = [
      'Café in Łódź',
      '最新iPhone用ケースを中文搜索引擎',
      'ที่นี่ประเทศไทย',
      'مَرْحَبًا بكم',
      'done 🎉 👍🏽',
      'call fooBar_baz, foo::bar, v2.1; don’t: multi-agent',
      '한국어를',
      'pair \ud83c and \0 nul',
    ]
    await store.append(
      's',
      texts.map((text) => ({ record: said(text) })),
      { create: {} },
    )
    await store.append('s', {
      record: {
        role: 'assistant',
        content: null,
        tool_calls: [{ function: { name: 'read_file', arguments: '{"path":"notes.md"}' } }],
      },
    })
    await store.append('s', { kind: 'session_meta', record: { role: 'session_meta', content: 'cafe' } })
    const expected: Record<string, number> = {
      cafe: 1,
      LODZ: 1,
      iphone: 2,
      用: 2,
      ケース: 2,
      搜索: 2,
      搜索引擎: 2,
      iPhone用ケース: 2,
      ประเทศ: 3,
      ท: 3,
      مرحبا: 4,
      '🎉': 5,
      '👍': 5,
      fooBar_baz: 6,
      'foo::bar': 6,
      'v2.1': 6,
      "don't": 6,
      'multi-agent': 6,
      'agent*': 6,
      국어: 7,
      'pair nul': 8,
      read_file: 9,
      'notes.md': 9,
    }
    for (const [query, seq] of Object.entries(expected))
      expect(await found(store, query), query).toEqual([`s ${seq}`])
    for (const query of ['', '   ', 'user', 'ploy', '搜引', '"', 'role'])
      expect(await found(store, query), query).toEqual([])
  })

  it('S17 hits are live entries with their places, newest first in the order of commits', async () => {
    const store = await temporaryStore()
    for (const id of ['b', 'a', 'b', 'c', 'a'])
      await store.append(id, { record: said(`word in ${id}`), at: 5 }, { create: {} })
    const { hits } = await store.search('word', { budget })
    expect(places({ hits, complete: true, behind: 0 })).toEqual(['a 2', 'c 1', 'b 2', 'a 1', 'b 1'])
    expect(hits[0]?.entry).toEqual((await store.page('a')).entries[1])
    expect(places(await store.search('word', { limit: 2 }))).toEqual(['a 2', 'c 1'])
    expect(places(await store.search('word', { session: 'a' }))).toEqual(['a 2', 'a 1'])
    expect(places(await store.search('word', { session: 'none' }))).toEqual([])
    expect(places(await store.search('word', { namespace: 'other' }))).toEqual([])
    await store.append({ namespace: 'other', id: 'a' }, { record: said('word') }, { create: {} })
    expect(places(await store.search('word', { namespace: 'other' }))).toEqual(['a 1'])
    expect(places(await store.search('word', { session: 'a', limit: 1 }))).toEqual(['a 2'])
  })

  it('S8 S17 what forks share is a hit in each that says it now', async () => {
    const store = await temporaryStore()
    const memory = createMemoryStore()
    for (const on of [store, memory]) {
      await on.append('s', [{ record: said('one word') }, { record: said('two word') }], { create: {} })
      await on.fork('s', { id: 'f' })
      await on.fork('s', { id: 'g', through: 1 })
      await on.append('f', { record: said('three word') })
      await on.replace('f', { from: 2, entries: [{ record: said('other word') }] })
      await on.replace('s', { from: 1, entries: [] })
    }
    expect(await found(store, 'word')).toEqual(['f 2', 'f 1', 'g 1'])
    expect(await found(memory, 'word')).toEqual(['f 2', 'f 1', 'g 1'])
    await store.delete('f')
    expect(await found(store, 'word')).toEqual(['g 1'])
  })

  it('S17 what the index took the first part of is found in the rest as well', async () => {
    const store = await indexedStore()
    const many = Array.from({ length: 1000 }, (_, i) => ({ record: said(`${'filler '.repeat(200)} no${i}`) }))
    await store.append('long', many, { create: {} })
    await store.search('apple', { budget: 20 })
    await store.close()
    expect(indexed(store.path)).toBeLessThan(1003)
    const reader = await temporaryStore({ path: store.path, readOnly: true })
    for (const n of [0, 500, 999]) expect(await found(reader, `no${n}`)).toEqual([`long ${n + 1}`])
  })

  it('S17 a long append is taken into the index whole by the search that has the time for it', async () => {
    const store = await temporaryStore()
    await store.append('s', { record: said('one before') }, { create: {} })
    await store.append(
      's',
      Array.from({ length: 2000 }, (_, i) => ({ record: said(`apple no${i}`) })),
    )
    expect(await found(store, 'no1999')).toEqual(['s 2001'])
    expect(indexed(store.path)).toBe(2001)
  })

  it('S17 the best come first when that is asked for', async () => {
    const store = await temporaryStore()
    const texts = ['cat', `cat ${'dog '.repeat(300)}`, 'cat cat cat', 'dog']
    await store.append(
      's',
      texts.map((text) => ({ record: said(text) })),
      { create: {} },
    )
    expect(places(await store.search('cat', { order: 'best', budget }))).toEqual(['s 3', 's 1', 's 2'])
  })

  it('S17 the best of more than are looked at may not be the best of all, and that is said', async () => {
    const store = await temporaryStore()
    const texts = ['cat cat cat', ...Array.from({ length: 998 }, () => 'cat')]
    await store.append(
      's',
      texts.map((text) => ({ record: said(text) })),
      { create: {} },
    )
    const best = async () => {
      const { hits, complete } = await store.search('cat', { order: 'best', limit: 1, budget })
      return [hits.map(({ entry }) => entry.seq), complete]
    }
    expect(await best()).toEqual([[1], true])
    await store.append('s', { record: said('cat') })
    await store.append('s', { record: said('cat') })
    expect((await best())[1]).toBe(false)
  })

  it('S17 what is no option is refused by name', async () => {
    const store = await temporaryStore()
    for (const options of [
      { limit: 0 },
      { limit: 1001 },
      { order: 'oldest' },
      { budget: -1 },
      { session: '' },
      { x: 1 },
    ])
      await expect(store.search('x', options as never)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    await expect(store.search(1 as never)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
  })

  it('S17 any query is legal, and answers as the reference does', { timeout: 120_000 }, async () => {
    const store = await temporaryStore()
    const memory = createMemoryStore()
    const texts = [
      'don\'t NEAR( a AND b " * foo:bar ^x -y',
      '中文 用',
      'émoji 🎉 ٣',
      '_1 _2 OR NOT',
      'x'.repeat(300),
    ]
    for (const on of [store, memory])
      await on.append(
        's',
        texts.map((text) => ({ record: said(text) })),
        { create: {} },
      )
    const syntax = [
      '"x',
      'NEAR(',
      'NEAR(a b, 2)',
      '*',
      'a*',
      'nobody:x',
      '(',
      ')',
      '('.repeat(2000),
      '_1',
      'a AND',
      '-x',
      '^x',
      '"" ""',
      'terms:x',
      '{a}:',
      "'; DROP TABLE term; --",
      'x'.repeat(100_000),
      'a '.repeat(50_000),
      '中'.repeat(100_000),
      'a\0b',
      '\ud83c',
      '٣',
    ]
    for (const query of syntax)
      expect(await found(store, query), query.slice(0, 20)).toEqual(await found(memory, query))
    const part = fc.constantFrom(...texts, ...syntax.slice(0, 17), ' ', '"', '*', '_', ':')
    const query = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(part, { maxLength: 6 }).map((parts) => parts.join('')),
    )
    await fc.assert(
      fc.asyncProperty(query, async (text) => {
        expect(await found(store, text)).toEqual(await found(memory, text))
      }),
      { numRuns: LONG ? 5000 : 400 },
    )
  })

  it('S17 a search that may take no time says how far it is behind, and has the newest all the same', async () => {
    const store = await temporaryStore()
    const many = Array.from({ length: 1000 }, (_, i) => ({
      record: said(`${'filler '.repeat(200)} no${i} common`),
    }))
    await store.append('s', many, { create: {} })
    const { hits, complete, behind } = await store.search('no5', { budget: 0 })
    expect({ hits, complete }).toEqual({ hits: [], complete: false })
    expect(behind).toBeGreaterThan(100)
    expect(behind).toBeLessThan(1000)
    expect(places(await store.search('common', { budget: 0, limit: 2 }))).toEqual(['s 1000', 's 999'])
    expect(await found(store, 'no5')).toEqual(['s 6'])
  })

  it('S17 what was not looked at is counted to the entry, in however many changes it was written', async () => {
    const store = await temporaryStore()
    const total = 400
    for (let written = 0; written < total; ) {
      // One by one, and many at once: a look ends within a change, and at the end of one.
      const some = Math.min(total - written, [1, 64, 7, 130][written % 4] ?? 1)
      const entries = Array.from({ length: some }, (_, i) => ({ record: said(`common ${written + i}`) }))
      await store.append(`s${written % 3}`, entries, { create: {} })
      written += some
    }
    for (let isComplete = false; !isComplete; ) {
      const { hits, complete, behind } = await store.search('common', { budget: 0, limit: 1000 })
      expect(hits.length + behind).toBe(total)
      isComplete = complete
    }
  })

  it('S17 finds what another process was told is stored, while both feed the index', {
    timeout: 120_000,
  }, async () => {
    const path = temporaryPath()
    const running = ['a', 'b', 'c'].map((name) => start('search.ts', [path, name, LONG ? '500' : '60']))
    for (const { ended } of running) {
      const { lines, status, stderr } = await ended
      expect([status, stderr]).toEqual([0, ''])
      expect(lines.filter(({ hits, complete }) => hits !== 1 || complete !== true)).toEqual([])
    }
    const store = await temporaryStore({ path })
    expect((await store.search('common', { budget, limit: 1000 })).hits).toHaveLength(3 * (LONG ? 500 : 60))
    expect(await found(store, 'ax7')).toEqual(['of a 7'])
    await start('append.ts', [path, 'later', '5']).ended
    expect(await found(store, 'later-3')).toEqual(['s 3'])
  })

  it('S17 a store that is only read is searched and not written', async () => {
    const store = await indexedStore()
    await store.close()
    const before = readFileSync(`${store.path}.search`)
    const reader = await temporaryStore({ path: store.path, readOnly: true })
    expect(await found(reader, 'apple')).toEqual(['s 3', 's 1'])
    await reader.close()
    expect(readFileSync(`${store.path}.search`)).toEqual(before)
    rmSync(`${store.path}.search`)
    const again = await temporaryStore({ path: store.path, readOnly: true })
    expect(await found(again, 'apple')).toEqual(['s 3', 's 1'])
    expect(existsSync(`${store.path}.search`)).toBe(false)
  })

  it('S17 the index is for its owner only, and goes with the store when it is closed', async () => {
    const store = await indexedStore()
    for (const suffix of ['', '-wal', '-shm'])
      expect(statSync(`${store.path}.search${suffix}`).mode & 0o777).toBe(0o600)
    await store.close()
    expect(readdirSync(dirname(store.path)).toSorted()).toEqual(['transcripts.db', 'transcripts.db.search'])
    await expect(store.search('apple')).rejects.toMatchObject({ code: 'STORE_CLOSED' })
    if (!existsSync('/proc/self/fd')) return
    const open = readdirSync('/proc/self/fd').flatMap((fd) => {
      try {
        return [readlinkSync(`/proc/self/fd/${fd}`)]
      } catch {
        return []
      }
    })
    expect(open.filter((file) => file.startsWith(dirname(store.path)))).toEqual([])
  })
})

const alphabet = ['cat', 'Café', 'v2.1', 'foo::bar', '中文搜索', '用', 'ไทย', '🎉', 'مرحبا', '한국']
const text = fc
  .array(fc.tuple(fc.constantFrom(...alphabet), fc.constantFrom(' ', '', '，')), { maxLength: 5 })
  .map((parts) => parts.flat().join(''))
const session = fc.constantFrom('s', 't', 'u')
const edit = fc.oneof(
  fc.record({
    type: fc.constant('append' as const),
    session,
    texts: fc.array(text, { minLength: 1, maxLength: 4 }),
  }),
  fc.record({
    type: fc.constant('rewrite' as const),
    session,
    kept: fc.nat(4),
    texts: fc.array(text, { maxLength: 3 }),
    past: fc.array(text, { maxLength: 2 }),
  }),
  fc.record({ type: fc.constant('search' as const), session, query: text }),
  fc.record({ type: fc.constant('lose' as const) }),
)

describe('S17 S18 the index against the reference', () => {
  it('S17 S18 whatever is written, and whenever the index is lost, the hits are those of the predicate', {
    timeout: 300_000,
  }, async () => {
    const queries = [...alphabet, 'cat*', '中', '文搜', 'bar', '"cat cat"', 'ท']
    let key = 0
    await fc.assert(
      fc.asyncProperty(fc.array(edit, { maxLength: 14 }), async (edits) => {
        const store = await temporaryStore({ now: () => 1 })
        const memory = createMemoryStore({ now: () => 1 })
        for (const action of edits) {
          if (action.type === 'search') {
            for (const options of [{}, { session: action.session }, { order: 'best' as const }])
              expect(await store.search(action.query, { budget, ...options })).toEqual(
                await memory.search(action.query, options),
              )
          } else if (action.type === 'lose') {
            rmSync(`${store.path}.search`, { force: true })
          } else if (action.type === 'append') {
            const entries = action.texts.map((one) => ({ record: said(one) }))
            for (const on of [store, memory]) await on.append(action.session, entries, { create: {} })
          } else {
            const before = await memory.get(action.session)
            const kept = Math.min(action.kept, before?.entryCount ?? 0)
            const provenance = { importId: 'run', witness: 'file' } as const
            const steps: ImportStep[] = [
              ...(kept > 0 ? [{ keep: { from: 1, to: kept } }] : []),
              ...action.texts.map((one) => ({ live: { record: said(one), provenance } })),
              ...action.past.map((one) => ({ history: { record: said(one), provenance } })),
            ]
            key++
            for (const on of [store, memory]) {
              await on.import({
                run: { id: 'run', at: 5, about: {} },
                session: action.session,
                about: {},
                expectedHead: before?.head ?? null,
                steps: (async function* () {
                  yield* steps
                })(),
                note: { key: `${key}`, verdict: 'v', reason: null, report: {}, certificate: null },
              })
            }
          }
        }
        for (const query of queries)
          expect(await store.search(query, { budget, limit: 1000 }), query).toEqual(
            await memory.search(query, { limit: 1000 }),
          )
        await store.close()
      }),
      { numRuns: LONG ? 500 : 40 },
    )
  })
})

describe('S18 damage to the index', () => {
  const damages: readonly (readonly [string, (index: string) => void])[] = [
    ['is missing', (index) => rmSync(index)],
    ['is empty', (index) => truncateSync(index, 0)],
    ['is no database', (index) => writeFileSync(index, 'no database '.repeat(1000))],
    ['was cut short', (index) => truncateSync(index, Math.floor(statSync(index).size / 2 / 4096) * 4096)],
    ['lost its data', (index) => damage(index, 'UPDATE term_data SET block = zeroblob(10) WHERE id > 10')],
    ['lost its structure', (index) => damage(index, 'DELETE FROM term_data WHERE id = 10')],
    ['lost a table', (index) => damage(index, 'DROP TABLE run')],
    ['lost its cursor', (index) => damage(index, 'DELETE FROM feed')],
    ['belongs to another store', (index) => damage(index, `UPDATE feed SET store = 'another'`)],
    ['is ahead of the store', (index) => damage(index, 'UPDATE feed SET change = 999, doc = 999')],
    ['has the terms of another version', (index) => damage(index, 'UPDATE feed SET terms = 0')],
    ['has an older schema', (index) => damage(index, 'PRAGMA user_version = 0')],
  ]

  it.each(damages)('S18 an index that %s is made anew, and no append notices', async (_, harm) => {
    const store = await indexedStore()
    await store.close()
    harm(`${store.path}.search`)
    const again = await temporaryStore({ path: store.path })
    expect((await again.append('t', { record: said('unrelated') }, { create: {} })).entryCount).toBe(1)
    await expectWhole(again)
    await again.close()
    expect(indexed(store.path)).toBe(5)
  })

  it.each(damages.slice(0, 7))(
    'S18 an index that %s while it is open is made anew, and no append notices',
    async (_, harm) => {
      const store = await indexedStore()
      harm(`${store.path}.search`)
      await expectWhole(store)
    },
  )

  it('S17 what no index has is found, all of it and once, however many steps that takes', async () => {
    const store = await temporaryStore()
    const apples = (count: number) => Array.from({ length: count }, () => ({ record: said('apple') }))
    await store.append('s', apples(200), { create: {} })
    // More commits, and more entries in one of them, than are looked at in a step.
    for (let i = 0; i < 520; i++) await store.append('s', apples(1))
    await store.append('s', apples(129))
    const reader = await temporaryStore({ path: store.path, readOnly: true })
    const result = await reader.search('apple', { budget, limit: 1000 })
    expect(places(result)).toEqual(Array.from({ length: 849 }, (_, i) => `s ${849 - i}`))
    expect(result).toMatchObject({ complete: true })
  })

  it('S17 what no index has is found behind more commits of other sessions than are looked at in a step', async () => {
    const store = await temporaryStore()
    const append = (id: string) => store.append(id, { record: said('apple') }, { create: {} })
    // Wherever a step ends among them, one of its neighbours is of the session that is searched.
    for (let i = 0; i < 4; i++) await append('s')
    for (let i = 0; i < 254; i++) await append('t')
    for (let i = 0; i < 4; i++) await append('s')
    for (let i = 0; i < 254; i++) await append('t')
    const reader = await temporaryStore({ path: store.path, readOnly: true })
    const result = await reader.search('apple', { budget, session: 's' })
    expect(places(result)).toEqual(['s 8', 's 7', 's 6', 's 5', 's 4', 's 3', 's 2', 's 1'])
  })

  it('S17 what is written around a fork in one commit is found once', async () => {
    const store = await temporaryStore()
    const apple = { record: said('apple') }
    await store.append('s', apple, { create: {} })
    await Promise.all([store.append('s', apple), store.fork('s', { id: 't' }), store.append('s', apple)])
    const reader = await temporaryStore({ path: store.path, readOnly: true })
    const all = ['s 3', 's 2', 't 2', 's 1', 't 1']
    expect(places(await reader.search('apple', { budget })).toSorted()).toEqual(all.toSorted())
    expect((await found(store, 'apple')).toSorted()).toEqual(all.toSorted())
  })

  it('S18 an index that is whole is kept, by those that have it open and by those that open it', async () => {
    const store = await indexedStore()
    const inode = statSync(`${store.path}.search`).ino
    const other = await temporaryStore({ path: store.path })
    await expectWhole(other)
    await store.close()
    expect(await found(other, 'pies')).toEqual(['s 3'])
    await other.close()
    const again = await temporaryStore({ path: store.path })
    expect(await found(again, 'apple')).toEqual(['s 4', 's 3', 's 1'])
    expect(statSync(`${store.path}.search`).ino).toBe(inode)
  })

  it.each(damages.slice(0, 7))(
    'S18 stores that share an index which %s come to share a new one',
    async (_, harm) => {
      const stores = [await indexedStore()]
      const path = stores[0]?.path ?? ''
      for (let i = 0; i < 2; i++) stores.push(await temporaryStore({ path }))
      for (const store of stores) expect(await found(store, 'apple')).toEqual(['s 3', 's 1'])
      harm(`${path}.search`)
      const inodes: number[] = []
      for (let round = 0; round < 3; round++) {
        for (const store of stores) {
          await store.append('t', { record: said(`round ${round}`) }, { create: {} })
          expect(await found(store, 'apple')).toEqual(['s 3', 's 1'])
          expect(await found(store, `"round ${round}"`)).not.toEqual([])
          inodes.push(statSync(`${path}.search`).ino)
        }
      }
      expect(new Set(inodes.slice(3)).size).toBe(1)
      for (const store of stores) await store.close()
      expect(readdirSync(dirname(path)).toSorted()).toEqual(['transcripts.db', 'transcripts.db.search'])
      expect(indexed(path)).toBe(12)
    },
  )

  it('S18 any bytes in its place do no harm', { timeout: 120_000 }, async () => {
    const store = await indexedStore()
    await store.close()
    const index = `${store.path}.search`
    const good = readFileSync(index)
    const spots = fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255), fc.nat(200)), {
      minLength: 1,
      maxLength: 5,
    })
    await fc.assert(
      fc.asyncProperty(spots, async (changes) => {
        const bad = Buffer.from(good)
        for (const [at, byte, length] of changes) bad.fill(byte, at, Math.min(at + length, bad.length))
        rmSync(index, { force: true })
        writeFileSync(index, bad)
        const again = await openSqliteStore({ path: store.path })
        try {
          // What a page says wrongly without breaking its form cannot be told from the truth; what is found is right.
          for (const hit of places(await again.search('apple', { budget })))
            expect(['s 1', 's 3']).toContain(hit)
          expect((await again.append('t', { record: said('x') }, { create: {} })).entries).toHaveLength(1)
        } finally {
          await again.close()
        }
      }),
      { numRuns: LONG ? 1000 : 60 },
    )
    expect((await (await temporaryStore({ path: store.path })).verify()).findings).toEqual([])
  })

  const refused: readonly (readonly [string, (index: string) => void])[] = [
    ['a folder', (index) => mkdirSync(index)],
    [
      'a link',
      (index) => {
        const target = join(temporaryFolder(), 'precious')
        writeFileSync(target, 'precious')
        symlinkSync(target, index)
      },
    ],
    [
      "another program's database",
      (index) => damage(index, 'CREATE TABLE precious (x); PRAGMA application_id = 7'),
    ],
    [
      "a newer version's index",
      (index) =>
        damage(index, 'CREATE TABLE feed (x); PRAGMA application_id = 0x46617365; PRAGMA user_version = 99'),
    ],
  ]

  it.each(refused)(
    'S18 %s in its place stays untouched, and search goes on without an index',
    async (_, put) => {
      const store = await indexedStore()
      await store.close()
      const index = `${store.path}.search`
      rmSync(index)
      put(index)
      const before = statSync(index).isFile() ? readFileSync(index) : null
      const again = await temporaryStore({ path: store.path })
      await expectWhole(again)
      await again.close()
      if (before) expect(readFileSync(index)).toEqual(before)
    },
  )

  it('S18 an index that cannot be written is used as far as it goes', async (context) => {
    const store = await indexedStore()
    await store.close()
    if (process.getuid?.() === 0)
      return context.skip('permissions do not bind root; see the folder that is read-only')
    chmodSync(`${store.path}.search`, 0o400)
    await expectWhole(await temporaryStore({ path: store.path }))
  })

  it('S18 where no new file can be made search looks at the entries, appends go on, and later there is an index', () => {
    const told = JSON.parse(script('search-read-only-folder.ts')) as Record<string, unknown>
    expect(told).toMatchObject({ first: 1, complete: true, entryCount: 2, second: 1, third: 1 })
    expect(told['without']).not.toContain('t.db.search')
    expect(told['withIndex']).toContain('t.db.search')
  })

  it('S18 S26 on a full disk search looks at the entries, and has an index again once there is room', async (context) => {
    const folder = smallDisk(80)
    if (!folder) return context.skip('a small file system cannot be mounted here')
    const path = join(folder, 't.db')
    const store = await openSqliteStore({ path })
    onTestFinished(() => store.close())
    await store.append('s', { record: said('an apple') }, { create: {} })
    expect(await found(store, 'apple')).toEqual(['s 1'])
    const words = (n: number): string => Array.from({ length: 2000 }, (_, i) => `w${n}x${i}`).join(' ')
    for (let n = 0; n < 60; n++) await store.append('s', { record: said(`${words(n)} apple`) })

    const ballast = join(folder, 'ballast')
    spawnSync('dd', ['if=/dev/zero', `of=${ballast}`, 'bs=4k'])
    expect(await found(store, 'an apple')).toEqual(['s 1'])
    expect((await found(store, 'apple'))[0]).toBe('s 61')

    // The last room is for appends: the index takes none of it.
    truncateSync(ballast, statSync(ballast).size - 16 * 1024 * 1024)
    expect((await store.append('s', { record: said('last apple') })).entryCount).toBe(62)
    expect((await found(store, 'apple'))[0]).toBe('s 62')
    expect(indexed(path)).toBe(1)

    rmSync(ballast)
    expect((await found(store, 'apple'))[0]).toBe('s 62')
    expect(indexed(path)).toBe(62)
    expect((await store.verify()).findings).toEqual([])
  })

  it('S18 an index that followed a store which was then restored from a copy begins anew', async () => {
    const store = await indexedStore()
    await store.close()
    const copy = `${store.path}.copy`
    copyFileSync(store.path, copy)
    const later = await temporaryStore({ path: store.path })
    await later.append('s', { record: said('lost apple') })
    expect(await found(later, 'apple')).toEqual(['s 4', 's 3', 's 1'])
    await later.close()
    copyFileSync(copy, store.path)
    const restored = await temporaryStore({ path: store.path })
    await restored.append('s', { record: said('another pear') })
    expect(await found(restored, 'apple')).toEqual(['s 3', 's 1'])
    expect(await found(restored, 'pear')).toEqual(['s 4'])
    expect(await found(restored, 'lost')).toEqual([])
  })

  it('S18 a long feed gives way often, and leaves an index of few parts with its log copied into it', {
    timeout: 120_000,
  }, async () => {
    const store = await temporaryStore()
    const words = (n: number): string =>
      Array.from({ length: 400 }, (_, i) => `w${(n * 7919 + i * 104_729) % 50_000}`).join(' ')
    for (let n = 0; n < 1500; n += 100) {
      const entries = Array.from({ length: 100 }, (_, i) => ({
        record: said(`${words(n + i)} no${n + i} apple`),
      }))
      await store.append('s', entries, { create: {} })
    }
    let turns = 0
    let isFeeding = true
    const count = (): void => {
      turns++
      if (isFeeding) setImmediate(count)
    }
    setImmediate(count)
    expect(await found(store, 'no7')).toEqual(['s 8'])
    isFeeding = false
    // 3.6 million characters.
    expect(turns).toBeGreaterThan(200)
    await expect.poll(() => parts(store.path), { timeout: 60_000 }).toBeLessThan(16)
    expect(statSync(`${store.path}.search-wal`).size).toBeLessThan(8 * 1024 * 1024)
    for (let n = 0; n < 40; n++) {
      await store.append('s', { record: said(`later x${n}`) })
      expect(await found(store, `x${n}`)).toEqual([`s ${1501 + n}`])
    }
    await expect.poll(() => parts(store.path), { timeout: 60_000 }).toBeLessThan(16)
    expect((await store.search('apple', { budget, limit: 1000 })).hits).toHaveLength(1000)
  })

  it('S18 S27 what was redacted leaves the file, also where a merge had left it behind', {
    timeout: 60_000,
  }, async () => {
    const store = await temporaryStore()
    for (let n = 0; n < 20; n++) {
      const entries = Array.from({ length: 40 }, (_, i) => ({
        record: said(`${Array.from({ length: 60 }, (_, k) => `w${n}x${i}y${k}`).join(' ')} secretword`),
      }))
      await store.append('s', entries, { create: {} })
      expect((await store.search('secretword', { budget })).complete).toBe(true)
    }
    await expect.poll(() => parts(store.path), { timeout: 30_000 }).toBeLessThan(16)
    await store.close()
    expect(holding(store.path, 'secretword')).not.toEqual([])
    const db = new Database(store.path)
    db.prepare('UPDATE entry SET record = ?').run(said('[redacted]'))
    db.prepare(
      `INSERT INTO change (session, what, first, last) SELECT number, 'redacted', 1, 800 FROM session`,
    ).run()
    db.close()
    const again = await temporaryStore({ path: store.path })
    expect(await found(again, 'secretword')).toEqual([])
    expect((await again.search('redacted', { limit: 1000, budget })).hits).toHaveLength(800)
    expect(holding(store.path, 'secretword')).toEqual([])
  })

  it('S18 S27 what is redacted leaves the file each time, however soon after one another', async () => {
    const store = await temporaryStore()
    const words = ['firstsecret', 'secondsecret', 'thirdsecret']
    await store.append(
      's',
      words.map((word) => ({ record: said(`the ${word} is`) })),
      { create: {} },
    )
    for (const word of words) expect(await found(store, word)).toHaveLength(1)
    for (const [i, word] of words.entries()) {
      await store.redact('s', i + 1, word)
      expect(await found(store, word)).toEqual([])
      expect(await found(store, 'redacted')).toHaveLength(i + 1)
    }
    await store.close()
    for (const word of words) expect(holding(store.path, word)).toEqual([])
  })

  it('S18 S27 what was redacted leaves the index and its file', async () => {
    const store = await temporaryStore()
    await store.append('s', [{ record: said('the secretword is') }, { record: said('plain') }], {
      create: {},
    })
    expect(await found(store, 'secretword')).toEqual(['s 1'])
    await store.close()
    const db = new Database(store.path)
    db.prepare('UPDATE entry SET record = ? WHERE key % 16777216 = 1').run(said('the [redacted] is'))
    db.prepare(
      `INSERT INTO change (session, what, first, last) SELECT number, 'redacted', 1, 1 FROM session`,
    ).run()
    db.close()
    const again = await temporaryStore({ path: store.path })
    expect(await found(again, 'secretword')).toEqual([])
    expect(await found(again, 'redacted')).toEqual(['s 1'])
    expect(await found(again, 'plain')).toEqual(['s 2'])
    await again.close()
    expect(holding(store.path, 'secretword')).toEqual([])
  })
})

/** Changes a closed or open database by SQL, past what keeps its inner tables from harm. */
function damage(index: string, sql: string): void {
  const db = new Database(index)
  db.unsafeMode()
  db.exec(sql)
  db.close()
}
