import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  hermesJsonl,
  type LegacySession,
  openaiChatJsonl,
  openJsonlSource,
  openLegacyReader,
  planImport,
  recordTraits,
  reportPlan,
  runImport,
} from '@faircopy/legacy-jsonl'
import { openaiChat } from '@faircopy/store-core'
import { createMemoryStore } from '@faircopy/store-core/memory'
import { describe, expect, test } from 'vitest'
import { temporaryFolder } from './temporary-folder.ts'
import { said, type ToldSession, toldSource, turn } from './told-source.ts'

function written(...lines: readonly string[]): string {
  const path = join(temporaryFolder(), 's.jsonl')
  writeFileSync(path, lines.map((line) => `${line}\n`).join(''))
  return path
}

test.each([
  [99, 99, null],
  [100, 100, null],
  [101, 101, '1 more of these in the file'],
  [250, 101, '150 more of these in the file'],
])(
  'of %i lines that are no JSON, %i problems are told, each line by its number',
  async (count, told, more) => {
    const lines = Array.from({ length: count }, () => 'broken')
    const talk = ['a', 'b', 'c', 'd', 'e'].flatMap(turn)
    const path = written(...talk.map(({ text }) => text), ...lines)
    const [source] = reportPlan(await planImport(await openJsonlSource(path), null)).sources
    const problems = source?.problems ?? []
    expect(problems).toHaveLength(told)
    expect(problems.slice(0, 100).map(({ line }) => line)).toEqual(
      Array.from({ length: Math.min(count, 100) }, (_, i) => i + 11),
    )
    if (more !== null) expect(problems.at(-1)).toMatchObject({ code: 'invalid-json', detail: more })
  },
)

describe('a file is of a format by what nine in ten of its first ten records are', () => {
  const chat = (n: number): object => ({ role: 'user', content: `message ${n}` })
  const records = (chats: number, others: number): object[] => [
    ...Array.from({ length: chats }, (_, i) => chat(i)),
    ...Array.from({ length: others }, (_, i) => ({ other: i })),
  ]

  test.each([
    [9, 1, true],
    [8, 1, false],
    [8, 2, false],
    [1, 0, true],
    [0, 1, false],
  ])('%i chat messages and %i others: %s', async (chats, others, isRead) => {
    const told = records(chats, others)
    expect(openaiChatJsonl().recognises(told as never, 's.jsonl')).toBe(isRead)
    const sessions: LegacySession[] = []
    const source = await openJsonlSource(written(...told.map((record) => JSON.stringify(record))))
    for await (const session of source.sessions()) sessions.push(session)
    expect(sessions).toHaveLength(isRead ? 1 : 0)
  })

  test('and another transcript by what more than half of them are', async () => {
    const codex = { type: 'event_msg', payload: {} }
    const refused = async (count: number): Promise<string> => {
      const told = [...Array.from({ length: count }, () => codex), ...records(0, 10 - count)]
      const source = await openJsonlSource(written(...told.map((record) => JSON.stringify(record))))
      for await (const _ of source.sessions());
      return source.problems[0]?.detail ?? ''
    }
    expect(await refused(6)).toContain('a Codex transcript')
    expect(await refused(5)).not.toContain('a Codex transcript')
  })
})

describe('a message', () => {
  test.each([
    ['x'.repeat(15), false],
    ['x'.repeat(16), true],
    ['😀'.repeat(15), false],
    ['😀'.repeat(16), true],
  ])('of %j: distinctive is %s', (content, distinctive) => {
    expect(recordTraits('message', { role: 'user', content }, openaiChat)).toMatchObject({
      distinctive,
      says: true,
    })
  })

  test.each([
    ['x'.repeat(255), 'x'.repeat(255)],
    ['x'.repeat(256), 'unknown'],
    ['é'.repeat(127), 'é'.repeat(127)],
    ['é'.repeat(128), 'unknown'],
  ])('of a role that nobody knows, %j', (role, kind) => {
    expect(hermesJsonl().decode({ record: { role, content: 'hi' }, line: 1 })).toMatchObject({ kind })
  })

  test('says in the first of the members by which chats do when it was written', () => {
    const at = (record: object): unknown =>
      openaiChatJsonl().decode({ record: { role: 'user', content: 'hi', ...record }, line: 1 })
    expect(at({ timestamp: null, created_at: 2e9, ts: 3e9 })).toMatchObject({ at: 2e12 })
    expect(at({ ts: 3e9, created: 2e9 })).toMatchObject({ at: 2e12 })
    expect(at({ timestamp: 1e8 })).toMatchObject({ at: 1e11 })
    expect(at({ timestamp: 1e8 - 1 })).toMatchObject({ at: null })
  })
})

test('members that differ are named each with how many messages they are of, however many there are', async () => {
  const store = createMemoryStore()
  const count = 300
  const side = (value: string): ToldSession['file'] =>
    Array.from({ length: count }, (_, i) =>
      said('user', `message number ${i} of this talk`, { [`own ${i}`]: value, all: value, same: i }),
    )
  const session = { id: 's', database: side('row') ?? [], file: side('line') ?? [] }
  const { sources } = await runImport(await planImport(toldSource([session]), store))
  const detail = sources[0]?.problems.find(({ code }) => code === 'field-conflict')?.detail ?? ''
  expect(detail).toContain(`"all" (${count})`)
  expect(detail.match(/"own \d+" \(1\)/g)).toHaveLength(count)
  expect(detail).not.toContain('same')
})

test('what a witness tells has the number of its place in it, also behind what was withdrawn', async () => {
  const withdrawn = said('user', 'taken back')
  const database = [said('user', 'one'), { ...withdrawn, withdrawn: true }, said('user', 'two')]
  const reader = await openLegacyReader(toldSource([{ id: 's', database }]))
  const told = await Array.fromAsync(reader.told('s'))
  expect(
    told.map((item) => item.as !== 'aside' && [item.entry.id, item.entry.seq, item.entry.provenance]),
  ).toEqual([
    [1, 1, { importId: '', witness: 'database', row: 1, rowTime: '0.5' }],
    [2, null, { importId: '', witness: 'database', row: 2, rowTime: '1.5' }],
    [3, 2, { importId: '', witness: 'database', row: 3, rowTime: '2.5' }],
  ])
})
