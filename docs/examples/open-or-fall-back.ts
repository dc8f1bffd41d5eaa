// A gateway that opens its store, and where it can't be opened answers from the old files, read-only, and says so.
import { mkdir, writeFile } from 'node:fs/promises'
import { type LegacySource, openJsonlSource, openLegacyReader } from '@faircopy/legacy-jsonl'
import { type Closable, StoreError, type TranscriptReader } from '@faircopy/store-core'
import { openSqliteStore, type SqliteStore } from '@faircopy/store-sqlite'

type Transcripts =
  | { readonly mode: 'store'; readonly store: SqliteStore }
  | { readonly mode: 'read-only'; readonly reader: TranscriptReader & Closable; readonly because: string }

async function openTranscripts(path: string, legacy: () => Promise<LegacySource>): Promise<Transcripts> {
  try {
    return { mode: 'store', store: await openSqliteStore({ path }) }
  } catch (error) {
    if (!StoreError.is(error)) throw error
    return { mode: 'read-only', reader: await openLegacyReader(await legacy()), because: error.message }
  }
}

async function lastWords(path: string): Promise<string[]> {
  const transcripts = await openTranscripts(path, () => openJsonlSource('sessions'))
  if (transcripts.mode === 'read-only') {
    console.warn(`Transcripts are READ-ONLY, from the old files: ${transcripts.because}`)
  }
  const reader = transcripts.mode === 'store' ? transcripts.store : transcripts.reader
  const { entries } = await reader.page('20260302_100000', { direction: 'backward', limit: 2 })
  await reader.close()
  return entries.map(({ record }) => record).reverse()
}

const told = ['{"role":"user","content":"Is it saved?"}', '{"role":"assistant","content":"It is."}']
await mkdir('sessions')
await writeFile('sessions/20260302_100000.jsonl', told.map((line) => `${line}\n`).join(''))
await writeFile('transcripts.db', 'no store at all')

const words = await lastWords('transcripts.db')
if (JSON.stringify(words) !== JSON.stringify(told)) throw new Error('the fallback told something else')
