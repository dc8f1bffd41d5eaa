import { codecNamed, parseRecord, type SearchHit } from '@faircopy/store-core'
import { searchText } from '@faircopy/store-core/backend'
import type { Ink } from '../text/ink.ts'
import { sessionName } from '../text/session-name.ts'
import { snippet } from '../text/snippet.ts'
import { timeText } from '../text/time-text.ts'

const TEXT_COLUMNS = 90

/** A hit as the command prints it. */
export function hitLines(ink: Ink, query: string, { session, entry }: SearchHit, codec: string): string[] {
  const reader = codecNamed(codec)
  const { role } = reader.view(parseRecord(entry.record))
  const heading = [
    ink.bold(sessionName(session)),
    ink.dim(String(entry.seq)),
    ink.cyan(entry.kind === 'delivery' ? `${role ?? ''} (delivered)` : (role ?? entry.kind)),
    ...(entry.at === null ? [] : [ink.dim(timeText(entry.at))]),
  ]
  return [heading.join('  '), `      ${ink.plain(snippet(searchText(entry, reader), query, TEXT_COLUMNS))}`]
}
