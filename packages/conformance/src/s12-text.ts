import type { JsonObject } from '@faircopy/store-core'
import type { SessionImport } from '@faircopy/store-core/operator'
import { failsWith, same } from './assert.ts'
import { type ConformanceCase, conformanceCase } from './conformance-case.ts'
import { all, brought, everythingOf, importOf, said } from './samples.ts'

const RECORDS: readonly string[] = [
  String.raw`{"content":"lone \ud83c and \udf89 alone"}`,
  '{"content":"emoji \u{1f389} \u{1f469}\u200d\u{1f4bb}"}',
  String.raw`{"content":"escaped NUL \u0000 inside"}`,
  '{"content":"line \u2028 and \u2029 separators"}',
  '{"content":"\u05d0\u05d1 \u0e44\u0e17\u0e22 \u65e5\u672c \ufeff \ufffd \u00a0"}',
  '{"content":"composed \u00e9 and decomposed e\u0301"}',
  '{"n":9007199254740993,"big":1e400,"tiny":-0.0,"precise":0.1000000000000000055511151231257827}',
  '{"b":1,"a":2,"b":3}',
  '{"__proto__":{"x":1},"constructor":null,"10":1,"2":2}',
  '{ "spaced" : [ 1 , 2 ] ,\t"tab":true }',
  '{}',
]

/** Objects in one another, so many levels of them. */
function nestedObject(levels: number): JsonObject {
  let object: JsonObject = {}
  for (let level = 1; level < levels; level++) object = { a: object }
  return object
}

/** S12: text is lossless. */
export const text: readonly ConformanceCase[] = [
  conformanceCase('a record is read byte for byte as written', ['read', 'told'], async ({ store, tell }) => {
    await tell('s', RECORDS)
    same(
      (await all(store.read('s'))).map(({ record }) => record),
      RECORDS,
      'the records',
    )
  }),
  conformanceCase(
    'an unpaired surrogate is kept as its escape, and stops no other entry',
    ['read', 'append'],
    async ({ store }) => {
      await store.append('s', [{ record: { content: 'a\ud83cb' } }, { record: '{"content":"\ud83c"}' }], {
        create: {},
      })
      same(
        (await all(store.read('s'))).map(({ record }) => record),
        [String.raw`{"content":"a\ud83cb"}`, String.raw`{"content":"\ud83c"}`],
        'the records',
      )
    },
  ),
  conformanceCase(
    'kinds, keys, ids and titles come back as they are',
    ['read', 'append'],
    async ({ store }) => {
      const id = '../\u{1f389} a/b\n\u202e'
      const title = "'; drop table session; -- \u65e5"
      await store.append(
        id,
        { kind: 'x.y/\u00e9', record: '{}', idempotencyKey: '\u{1f511}', at: -1 },
        { create: { title, meta: { 'a\u2028': ['\u{1f389}'] } } },
      )
      const session = await store.get(id)
      same(
        [session?.id, session?.title, session?.meta],
        [id, title, { 'a\u2028': ['\u{1f389}'] }],
        'the session',
      )
      const [entry] = await all(store.read(id))
      same([entry?.kind, entry?.idempotencyKey, entry?.at], ['x.y/\u00e9', '\u{1f511}', -1], 'the entry')
      same(await store.get('../\u{1f389} a/b\n'), null, 'ids are compared byte for byte')
    },
  ),
  conformanceCase(
    'what is told beside a record comes back as it was given, whatever its members are called',
    ['read', 'append', 'create', 'update', 'fork', 'open', 'import'],
    async ({ store }) => {
      // A member of that name is one like any other in JSON, and no prototype.
      const text =
        '{"__proto__":{"x":1},"constructor":null,"toString":[{"__proto__":[0,"\\ud83c"]}],"n":-0.5}'
      const given = (): JsonObject => JSON.parse(text)
      const origin = { platform: 'p', chat: 'c' }
      await store.create('created', { meta: given() })
      await store.append('appended', said('one'), { create: { meta: given() } })
      await store.create('updated', { meta: { gone: true } })
      await store.update('updated', { meta: given() })
      await store.fork('appended', { id: 'forked', meta: given() })
      await store.open(
        { origins: [origin] },
        { session: { create: { id: 'opened', origin, meta: given() } } },
      )
      await store.create('filled', { meta: { own: 1 } })
      const plan = { ...importOf('imported', [brought('one', 1)], { about: { meta: given() } }) }
      const told = { ...plan.note, report: given(), certificate: given() }
      await store.import({ ...plan, run: { ...plan.run, about: given() }, note: told })
      const head = (await store.get('filled'))?.head ?? null
      await store.import(
        importOf('filled', [], { expectedHead: head, about: { meta: given() }, key: 'key-2' }),
      )
      for (const id of ['created', 'appended', 'updated', 'forked', 'opened', 'imported']) {
        same(JSON.stringify((await store.get(id))?.meta), text, `the meta of ${id}`)
      }
      const filled = (await store.get('filled'))?.meta ?? {}
      same(
        JSON.stringify(Object.entries(filled)),
        JSON.stringify(Object.entries({ own: 1, ...given() })),
        'filled in',
      )
      const note = await store.ledgerNote('imported', 'key-1')
      same([JSON.stringify(note?.report), JSON.stringify(note?.certificate)], [text, text], 'the note')
      same(JSON.stringify((await all(store.imports()))[0]?.about), text, 'what the run is about')
      const taken = given()
      await store.update('updated', { meta: taken })
      Object.assign(taken, { later: true })
      same(JSON.stringify((await store.get('updated'))?.meta), text, 'what the caller did to it later')
    },
  ),
  conformanceCase(
    'what is told beside a record and no store could keep is refused by name',
    ['read', 'append', 'create', 'update', 'fork', 'import'],
    async ({ store }) => {
      await store.append('s', said('one'), { create: { meta: { own: nestedObject(199) } } })
      const before = await everythingOf(store, 's')
      const round: Record<string, unknown> = {}
      round['again'] = round
      const bomb = Array.from({ length: 60 }).reduce<readonly unknown[]>((inner) => [inner, inner], [])
      const wrong: readonly unknown[] = [
        nestedObject(201),
        nestedObject(20_000),
        round,
        { bomb },
        { text: 'x'.repeat(1024 * 1024) },
        { at: new Date(0) },
        { n: Number.NaN },
        { absent: undefined },
        { call: () => 1 },
        { [Symbol('s')]: 1 },
        [],
        null,
      ]
      for (const [i, meta] of wrong.entries()) {
        const facts = { meta: meta as JsonObject }
        await failsWith('INVALID_ARGUMENT', store.update('s', facts), `an update, ${i}`)
        await failsWith('INVALID_ARGUMENT', store.create('new', facts), `a new session, ${i}`)
        await failsWith(
          'INVALID_ARGUMENT',
          store.append('new', said('x'), { create: facts }),
          `an append, ${i}`,
        )
        await failsWith('INVALID_ARGUMENT', store.fork('s', { id: 'new', ...facts }), `a fork, ${i}`)
        const plan = importOf('new', [brought('x', 1)])
        await failsWith('INVALID_ARGUMENT', store.import({ ...plan, about: facts }), `an import, ${i}`)
      }
      for (const bad of [nestedObject(201), round, { call: () => 1 }] as unknown as JsonObject[]) {
        const plan = (): SessionImport => importOf('new', [brought('x', 1)])
        const { run, note } = plan()
        const provenance = { importId: 'run-1', witness: 'file', ...bad } as const
        const steps = importOf('new', [{ live: { ...said('x'), provenance } }]).steps
        for (const [what, part] of [
          ['run', { run: { ...run, about: bad } }],
          ['report', { note: { ...note, report: bad } }],
          ['certificate', { note: { ...note, certificate: bad } }],
          ['other note', { alsoNote: [{ session: 's', note: { ...note, report: bad } }] }],
          ...('call' in bad ? [] : [['provenance', { steps }] as const]),
        ] as const) {
          await failsWith(
            'INVALID_ARGUMENT',
            store.import({ ...plan(), ...part }),
            `the ${what} of an import`,
          )
        }
      }
      same([await everythingOf(store, 's'), await store.get('new')], [before, null], 'what there is')
    },
  ),
  conformanceCase(
    'a record beyond the limits is refused by name',
    ['append'],
    async ({ store }) => {
      const nested = (depth: number): string => `${'{"a":'.repeat(depth - 1)}{}${'}'.repeat(depth - 1)}`
      await store.append('s', { record: nested(200) }, { create: {} })
      for (const [record, reason] of [
        [nested(201), 'too-deep'],
        [JSON.stringify({ content: 'x'.repeat(1001 * 1000) }), 'too-large'],
        ['[]', 'not-object'],
        ['null', 'not-object'],
        ['{"a":1', 'not-json'],
        ['', 'not-json'],
      ] as const) {
        const error = await failsWith('INVALID_RECORD', store.append('s', { record }), reason)
        same('reason' in error ? error.reason : null, reason, 'the reason given')
      }
    },
    { limits: { maxBytes: 1000 * 1000 } },
  ),
]
