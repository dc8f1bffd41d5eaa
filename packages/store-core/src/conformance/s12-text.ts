import { failsWith, same } from './assert.ts'
import { type ConformanceCase, conformanceCase } from './conformance-case.ts'
import { all } from './samples.ts'

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
