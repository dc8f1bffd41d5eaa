import { type LegacySource, type LegacyWitness, planImport, runImport } from '@faircopy/legacy-jsonl'
import { createMemoryStore } from '@faircopy/store-core/memory'
import { expect, test } from 'vitest'
import { said, type Told, toldSource } from './told-source.ts'

const [ok, x, y, z] = ['ok', 'x', 'y', 'z'].map((word) => said('user', word)) as [Told, Told, Told, Told]

/** A database of which some rows can't be read any more, in ranges from and to. */
function damaged(database: Told[], unread: readonly (readonly [number, number])[]): LegacySource {
  const own = toldSource([{ id: 's', database }])
  const witnessOf = (witness: LegacyWitness): LegacyWitness => ({
    ...witness,
    read() {
      const reading = witness.read()
      const digest = `${reading.digest} less ${JSON.stringify(unread)}`
      return {
        digest,
        async *[Symbol.asyncIterator]() {
          for await (const item of reading) {
            const row = item.as === 'entry' && 'row' in item.entry.place ? item.entry.place.row : 0
            if (!unread.some(([from, to]) => row >= from && row <= to)) yield item
          }
          const problem = {
            code: 'database-unreadable',
            path: witness.path,
            detail: 'rows are gone',
          } as const
          yield { as: 'remark' as const, problem, unread }
        },
      }
    },
  })
  return {
    ...own,
    async *sessions() {
      for await (const each of own.sessions())
        yield { ...each, database: each.database && witnessOf(each.database) }
    },
  }
}

// What it says is too short to tell by itself that it is the same conversation: that its rows are where they were does.
test.each<[what: string, rows: Told[], unread: [number, number][]]>([
  ['one row', [ok, x, ok], [[2, 2]]],
  ['the first of them', [x, ok, ok], [[1, 1]]],
  ['a range', [ok, x, y, ok], [[2, 3]]],
  [
    'two ranges',
    [ok, x, ok, y, ok],
    [
      [2, 2],
      [4, 4],
    ],
  ],
])(
  'rows that are known and can’t be read now, %s, do not part a session from its database',
  async (_, rows, unread) => {
    const store = createMemoryStore()
    await runImport(await planImport(toldSource([{ id: 's', database: rows }]), store))
    const report = await runImport(await planImport(damaged([...rows, z], unread), store))
    expect(report.sessions[0]).toMatchObject({ verdict: 'extended', entries: { added: 1 } })
    expect((await Array.fromAsync(store.read('s'))).map(({ record }) => record)).toEqual(
      [...rows, z].map(({ text }) => text),
    )
  },
)

test('a row that is not there, and of which nobody says that it can’t be read, does', async () => {
  const store = createMemoryStore()
  await runImport(await planImport(toldSource([{ id: 's', database: [ok, x, y, ok] }]), store))
  const source = damaged([ok, x, y, ok, z], [[2, 3]])
  const claiming: LegacySource = {
    ...source,
    async *sessions() {
      for await (const each of source.sessions()) {
        const { database } = each
        yield {
          ...each,
          database: database && {
            ...database,
            read: () => {
              const reading = database.read()
              return {
                get digest() {
                  return reading.digest
                },
                async *[Symbol.asyncIterator]() {
                  for await (const item of reading)
                    yield item.as === 'remark' ? { ...item, unread: [[3, 3] as const] } : item
                },
              }
            },
          },
        }
      }
    },
  }
  const report = await runImport(await planImport(claiming, store))
  expect(report.sessions[0]).toMatchObject({ verdict: 'ambiguous', reason: 'no-evidence' })
})
