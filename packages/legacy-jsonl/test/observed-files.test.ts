import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  openJsonlSource,
  openLegacyReader,
  planImport,
  runImport,
  verifySource,
} from '@faircopy/legacy-jsonl'
import { createMemoryStore } from '@faircopy/store-core/memory'
import { describe, expect, test } from 'vitest'
import { temporaryFolder } from './temporary-folder.ts'
import { said, type Told, type ToldSession, toldSource, turn } from './told-source.ts'

/** What is said of each of the forms that a file takes one after the other. */
async function observed(...forms: readonly (readonly Told[])[]): Promise<string[]> {
  const store = createMemoryStore()
  const path = join(temporaryFolder(), 's.jsonl')
  const said: string[] = []
  for (const told of forms) {
    writeFileSync(path, told.map(({ text }) => `${text}\n`).join(''))
    const { sessions, sources } = await runImport(await planImport(await openJsonlSource(path), store))
    said.push([sessions[0]?.verdict, ...(sources[0]?.problems ?? []).map(({ code }) => code)].join(' '))
  }
  return said
}

const [a, b, c] = ['a', 'b', 'c'].map(turn) as [Told[], Told[], Told[]]
const [ab, ay] = [
  [...a, said('user', 'x')],
  [...a, said('user', 'y')],
] as const

test.each<[what: string, forms: readonly (readonly Told[])[], said: string]>([
  ['grew', [a, [...a, ...b]], 'extended'],
  ['is shorter, and tells nothing new', [[...a, ...b], a], 'kept source-truncated'],
  [
    'is shorter, and tells something new',
    [
      [...a, ...b],
      [...a, said('user', 'z')],
    ],
    'ambiguous source-edited',
  ],
  ['has the length that it had, and another text', [ab, ay], 'ambiguous source-edited'],
  [
    'has the length that it had, and says the same',
    [
      [said('user', 'a talk'), ...a],
      [{ text: '{"content":"a talk","role":"user"}' }, ...a],
    ],
    'identical source-edited',
  ],
  ['lost its beginning', [[...a, ...b], b], 'kept source-truncated'],
  ['grew from what it was before it was edited', [ab, ay, [...ab, ...c]], 'extended'],
  ['grew from what it was edited to', [ab, ay, [...ay, ...c]], 'ambiguous'],
  ['grew from neither', [ab, ay, [...a, ...c]], 'ambiguous source-edited'],
])('a file that %s', async (_, forms, said) => {
  expect((await observed(...forms)).at(-1)).toBe(said)
})

describe('of several files that claim one session', () => {
  const claiming = (...files: readonly (readonly Told[])[]): ToldSession[] =>
    files.map((file) => ({ id: 's', file: [...file] }))

  test('each is told where they contradict each other, and nothing of any is written', async () => {
    const store = createMemoryStore()
    const source = toldSource(claiming([...a, ...b], [...a, ...c], ab, ay))
    const { sessions, sources } = await runImport(await planImport(source, store))
    expect(sessions).toMatchObject([
      {
        verdict: 'ambiguous',
        reason: 'several-files',
        lines: { total: 14, withheld: 14, imported: 0 },
        entries: { legacy: 14, merged: null },
      },
    ])
    expect(sources[0]?.problems.map(({ code }) => code)).toEqual(Array(4).fill('several-files'))
    expect(await store.get('s')).toBeNull()
    const { findings, sessions: verified } = await verifySource(source, store, { witnesses: true })
    expect(findings.map(({ code }) => code)).toEqual(Array(4).fill('several-files'))
    expect(verified[0]?.witnesses).toHaveLength(4)
  })

  test('what is wrong with each of them is told as well', async () => {
    const source = toldSource(claiming([...a, { text: 'broken' }, ...b], [...a, ...c, { text: '[1]' }]))
    const { sources } = await runImport(await planImport(source, createMemoryStore()))
    const problems = sources[0]?.problems.map(({ code, line }) => [code, line])
    expect(problems).toEqual([
      ['several-files', undefined],
      ['several-files', undefined],
      ['invalid-json', 3],
      ['invalid-json', 5],
    ])
  })

  test('those that are equal are one, and each is accounted for', async () => {
    const store = createMemoryStore()
    const source = toldSource(claiming(a, a, a))
    const { sessions, sources } = await runImport(await planImport(source, store))
    expect(sessions).toMatchObject([{ verdict: 'imported', lines: { total: 2, imported: 2 } }])
    expect(sources[0]?.problems.map(({ code }) => code)).toEqual(['covered-file', 'covered-file'])
    const { findings, sessions: verified } = await verifySource(source, store, { witnesses: true })
    expect(findings).toEqual([])
    expect(verified[0]?.witnesses.map(({ note, digest }) => [note !== null, digest !== null])).toEqual(
      Array(3).fill([true, true]),
    )
  })
})

test('of several headers in a file the last word counts', async () => {
  const path = join(temporaryFolder(), 's.jsonl')
  const header = (day: number, more: object): string =>
    JSON.stringify({ _type: 'metadata', created_at: `2026-03-0${day}T10:00:00Z`, ...more })
  const [first, last] = [header(1, { key: 'one', own: 1 }), header(2, { key: 'two' })]
  writeFileSync(path, [first, a[0]?.text, last, a[1]?.text, ''].join('\n'))
  const store = createMemoryStore()
  const source = await openJsonlSource(path)
  await runImport(await planImport(source, store))
  const about = { startedAt: Date.parse('2026-03-02T10:00:00Z'), meta: { header: JSON.parse(last) } }
  expect(await store.get('s')).toMatchObject(about)
  expect(await (await openLegacyReader(source)).get('s')).toMatchObject(about)
})
