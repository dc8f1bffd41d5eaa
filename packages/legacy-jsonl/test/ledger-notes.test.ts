import type { JsonObject } from '@faircopy/store-core'
import { undoNote } from '@faircopy/store-core/backend'
import { createMemoryStore } from '@faircopy/store-core/memory'
import type { LedgerRecord } from '@faircopy/store-core/operator'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { NewNote } from '../src/ledger/note.ts'
import { keyOf, readNote, readNoteBriefly, writeNote } from '../src/ledger/note-text.ts'
import { RESOLUTION_CHOICES } from '../src/ledger/resolution-choice.ts'
import { standingOf } from '../src/ledger/session-standing.ts'

const hex = fc.stringMatching(/^[0-9a-f]{64}$/)
const count = fc.nat()
const past = fc.option(fc.record({ entries: count, digest: hex }))
const address = fc.record({ namespace: fc.string(), id: fc.string() })
const json = fc
  .dictionary(fc.string(), fc.jsonValue())
  .map((value) => JSON.parse(JSON.stringify(value)) as JsonObject)

const boundary = fc.record({
  entry: count,
  file: fc.option(fc.record({ size: fc.option(count), digest: hex })),
  database: fc.option(fc.record({ digest: hex })),
})

const report = fc.record(
  {
    namespace: fc.string(),
    id: fc.string(),
    verdict: fc.constantFrom('imported', 'merged', 'kept', 'ambiguous'),
    action: fc.constantFrom('created', 'unchanged'),
    reason: fc.constantFrom('several-orders', 'partly-read'),
    entries: fc.record({ canonical: count, legacy: count, merged: fc.option(count), added: count }),
    lines: fc.record({
      total: count,
      imported: count,
      matched: count,
      withheld: count,
      metadata: count,
      blank: count,
      quarantined: count,
      tornTail: count,
    }),
    file: fc.record({ bytes: count, sha256: hex }),
    rows: count,
    stutter: count,
    undated: count,
    dated: count,
    problems: fc.array(
      fc.record({ code: fc.constant('invalid-json'), path: fc.string(), line: count, detail: fc.string() }),
    ),
  },
  { requiredKeys: ['namespace', 'id', 'verdict', 'action', 'entries', 'lines', 'problems'] },
)

const memory = {
  about: hex,
  report,
  entryCount: count,
  taken: fc.record(
    {
      path: fc.string(),
      parts: fc.array(fc.record({ from: count, bytes: count, sha256: hex })),
      timeZone: fc.string(),
      rows: count,
      through: count,
    },
    { requiredKeys: ['rows', 'through'] },
  ),
  settles: fc.array(fc.uuid()),
  told: fc.dictionary(fc.stringMatching(/^[a-z.]{1,9}$/), hex),
  source: json,
}
const optional = { noNullPrototype: true }

const decision = fc.record(
  {
    choice: fc.constantFrom(...RESOLUTION_CHOICES),
    note: fc.string(),
    at: count,
    entry: count,
    database: past,
    file: past,
    withheld: count,
    branch: address,
  },
  { requiredKeys: ['choice', 'at', 'entry', 'database', 'file', 'withheld'] },
)

/** Every kind of note that a migration writes. */
const notes = {
  import: fc.record(
    {
      as: fc.constant('import'),
      ...memory,
      certificates: fc.array(json, { minLength: 1 }),
      boundaries: fc.array(json),
    },
    optional,
  ),
  settled: fc.record({
    as: fc.constant('settled'),
    ...memory,
    of: fc.array(fc.uuid()).map((ids) => ids.join(' ')),
  }),
  dated: fc.record({ as: fc.constant('dated'), ...memory, of: hex }),
  facts: fc.record({ as: fc.constant('facts'), ...memory, of: hex }),
  decision: fc.record({ as: fc.constant('decision'), ...memory, decision }),
  branch: fc.record({ as: fc.constant('branch'), ...memory, branchOf: address }),
  boundary: fc.record({ as: fc.constant('boundary'), boundary }),
  index: fc.record({ as: fc.constant('index'), by: fc.uuid(), boundary: fc.option(boundary) }),
}

const written = {
  importId: 'i',
  session: { namespace: 'default', id: 's' },
  at: 1,
  headBefore: null,
  headAfter: null,
}

describe('a note is read as it was written', () => {
  test.each(Object.entries(notes))('%s', async (_, kind) => {
    await fc.assert(
      fc.asyncProperty(kind as fc.Arbitrary<unknown>, async (given) => {
        const note = given as NewNote
        const store = createMemoryStore()
        await store.import({
          run: { id: 'i', at: 1, about: {} },
          session: 's',
          about: {},
          expectedHead: null,
          steps: null,
          note: writeNote(note),
        })
        const found = await store.ledgerNote('s', keyOf(note))
        expect(found && readNote(found)).toMatchObject(note)
      }),
    )
  })

  test('that of an undo, of whatever it undid', () => {
    fc.assert(
      fc.property(
        fc.oneof(...(Object.values(notes) as fc.Arbitrary<unknown>[])),
        fc.uuid(),
        (given, importId) => {
          const note = given as NewNote
          const record = { ...written, ...undoNote({ importId }, writeNote(note)) }
          expect(readNote(record)).toMatchObject({ as: 'undo', undid: importId, undone: { as: note.as } })
          if ('about' in note) expect(readNote(record)).toMatchObject({ undone: { about: note.about } })
        },
      ),
    )
  })
})

describe('whatever a note holds', () => {
  const anybodys: fc.Arbitrary<LedgerRecord> = fc.record({
    importId: fc.constant('i'),
    session: fc.constant(written.session),
    at: count,
    headBefore: fc.constant(null),
    headAfter: fc.constant(null),
    key: fc.oneof(
      fc.string(),
      hex,
      hex.map((about) => `${about} decided`),
    ),
    verdict: fc.oneof(
      fc.string(),
      fc.constantFrom('imported', 'ambiguous', 'boundary', 'indexed', 'settled', 'dated', 'facts', 'undone'),
    ),
    reason: fc.option(fc.string()),
    report: fc
      .dictionary(
        fc.constantFrom(
          'lines',
          'entries',
          'file',
          'taken',
          'told',
          'decision',
          'branchOf',
          'boundary',
          'undid',
          'key',
        ),
        fc.jsonValue(),
      )
      .map((value) => JSON.parse(JSON.stringify(value)) as JsonObject),
    certificate: fc.option(json),
  })

  test('it is read, and says of itself what it says', () => {
    fc.assert(
      fc.property(anybodys, (record) => {
        const { importId, session, key, verdict, reason } = record
        for (const note of [readNote(record), readNoteBriefly(record)])
          expect(note).toMatchObject({ importId, session, key, verdict, reason })
      }),
    )
  })

  test('a member in another shape is as if it were not there, and the others are read', () => {
    const report = {
      entryCount: 'many',
      rows: 3,
      lines: { total: -1 },
      taken: [],
      decision: { choice: 'both' },
    }
    const note = readNote({ ...written, key: 'k', verdict: 'kept', reason: null, report, certificate: null })
    expect(note).toMatchObject({ as: 'import', about: 'k', report: { rows: 3 }, certificates: [] })
    expect(note).toMatchObject({ entryCount: undefined, taken: undefined })
  })

  test('a decision that cannot be read is none, and does not make the order known', () => {
    const about = 'a'.repeat(64)
    const ambiguous = {
      ...written,
      key: about,
      verdict: 'ambiguous',
      reason: null,
      report: {},
      certificate: null,
    }
    for (const decision of [{ choice: 'of a later version', at: 1 }, 'keep-canonical']) {
      for (const key of [`${about} decided`, `branch ${about} decided`]) {
        const later = { ...ambiguous, key, verdict: 'kept', report: { decision } }
        expect(readNote(later)).toMatchObject({ as: 'unread', about })
        expect(standingOf([ambiguous, later].map(readNote))).toMatchObject({ as: 'undecided' })
      }
    }
  })

  test('without its bulk it is of the same kind, about the same', () => {
    fc.assert(
      fc.property(fc.oneof(...(Object.values(notes) as fc.Arbitrary<unknown>[])), (given) => {
        const record = { ...written, ...writeNote(given as NewNote) }
        const { as, ...whole } = readNote(record)
        const brief = readNoteBriefly(record)
        expect(brief.as).toBe(as)
        for (const name of ['about', 'decision', 'branchOf', 'by', 'of'] as const)
          expect(Reflect.get(brief, name)).toEqual(Reflect.get(whole, name))
      }),
    )
  })
})
