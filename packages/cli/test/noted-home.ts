import { rmSync } from 'node:fs'
import { type HomeSession, type MessageRow, writeHome } from './hermes-home.ts'

const said = (content: string, minute: number): string =>
  JSON.stringify({
    role: minute % 2 ? 'assistant' : 'user',
    content: `${content}: so it was said`,
    timestamp: `2026-03-02T10:${String(minute).padStart(2, '0')}:00`,
  })
const file = (...lines: readonly string[]): Buffer => Buffer.from(lines.map((line) => `${line}\n`).join(''))
const row = (content: string, minute: number): MessageRow => ({
  role: minute % 2 ? 'assistant' : 'user',
  content: `${content}: so it was said`,
  timestamp: Date.UTC(2026, 2, 2, 9, minute) / 1000,
})
const origin = (chat: string) => ({
  platform: 'telegram',
  chat_type: 'dm',
  origin: { platform: 'telegram', chat_id: chat, chat_type: 'dm' },
})
const shared = ['first', 'second'] as const
const rows = (...own: readonly string[]) => [...shared, ...own].map(row)
const lines = (...own: readonly string[]) => file(...[...shared, ...own].map(said))
const quarrel = { file: lines('of the file', 'too'), rows: rows('of the rows', 'as well') }

/** One session for every kind of note, by what becomes of it. */
export const NOTED = {
  merged: '20260302_100000_00000001',
  undecided: '20260302_100000_00000002',
  kept: '20260302_100000_00000003',
  branched: '20260302_100000_00000004',
  undone: '20260302_100000_00000005',
  undecidedAgain: '20260302_100000_00000006',
  told: '20260302_100000_00000007',
  dated: '20260302_100000_00000008',
  mended: '20260302_100000_00000009',
  returned: '20260302_100000_0000000a',
  live: '20260302_100000_0000000b',
  known: '20260302_100000_0000000c',
} as const

/** A home as a ledger of every kind of note was written from it: at its first import, or at the last. */
export function writeNotedHome(path: string, when: 'first' | 'between' | 'last'): void {
  rmSync(path, { recursive: true, force: true })
  const isFirst = when === 'first'
  const sessions: readonly HomeSession[] = [
    { id: NOTED.merged, file: lines('third', 'fourth'), rows: rows('third'), index: origin('1') },
    { id: NOTED.undecided, ...quarrel },
    { id: NOTED.kept, ...quarrel },
    { id: NOTED.branched, ...quarrel },
    { id: NOTED.undone, file: lines(), rows: null },
    { id: NOTED.undecidedAgain, ...quarrel },
    { id: NOTED.told, file: lines(), rows: null, ...(isFirst ? {} : { index: origin('7') }) },
    { id: NOTED.dated, file: lines('third'), rows: null },
    {
      id: NOTED.mended,
      file: file(said('first', 0), isFirst ? '{"role":"user","cont' : said('mended', 1), said('third', 2)),
      rows: null,
    },
    {
      id: NOTED.returned,
      file: when === 'between' ? file(said('first', 0), 'broken', said('third', 2)) : lines('third'),
      rows: null,
    },
  ]
  const later: readonly HomeSession[] = [
    { id: NOTED.live, file: lines('third'), rows: null, index: origin('live') },
    { id: NOTED.known, file: lines(), rows: null, index: origin('known') },
  ]
  writeHome(path, [...sessions, ...later])
}
