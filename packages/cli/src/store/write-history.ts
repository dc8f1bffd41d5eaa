import {
  codecNamed,
  type GenerationInfo,
  type HistoryReader,
  parseRecord,
  type Session,
  type TranscriptReader,
} from '@faircopy/store-core'
import type { Context } from '../context.ts'
import { writeLines } from '../files/text-sink.ts'
import { entryJson } from '../json/entry-json.ts'
import { entryText } from '../text/entry-text.ts'
import type { Ink } from '../text/ink.ts'
import { plural } from '../text/plural.ts'
import { sessionName } from '../text/session-name.ts'
import { type Cell, table } from '../text/table.ts'
import { timeText } from '../text/time-text.ts'
import { DEPARTURE_WORDS, type Departure, historyEntries } from './history-entries.ts'

const GENERATION_WORDS: ReadonlyMap<string, string> = new Map([
  ['create', 'it began'],
  ['import', 'an import joined what it found'],
  ['originals', 'what an import set aside, as its sources told it'],
  ['replace', 'its end was said anew: a retry, an undo'],
  ['fork', 'it began with what another session said'],
  ['redact', 'a text was removed'],
])

/** Writes what a session said before: its generations, and each entry that it no longer says, with why. */
export async function writeHistory(
  context: Context,
  store: TranscriptReader & HistoryReader,
  session: Session,
): Promise<void> {
  const { out, ink, json, signal } = context
  const generations = await store.generations(session)
  if (json) await out.write(jsonHead(session, generations))
  else await writeLines(out, headLines(ink, session, generations))
  const codec = codecNamed(session.codec)
  let count = 0
  for await (const { entry, left } of historyEntries(store, session, generations)) {
    if (out.closed) return
    signal.throwIfAborted()
    const view = codec.view(parseRecord(entry.record))
    if (json) {
      const line = entryJson(entry, { session, role: view.role, stored: true, left })
      await out.write(`${count === 0 ? '\n' : ',\n'}${line}`)
    } else {
      if (count === 0) await writeLines(out, ['', ink.bold('No longer said, by the number of the entry')])
      const lines = entryText({ ...entry, seq: entry.id }, view, ink)
      await writeLines(out, ['', ...lines, ink.dim(`      (${departureText(left)})`)])
    }
    count++
  }
  if (json) await out.write('\n]}\n')
  else if (count === 0) await writeLines(out, ['', ink.green('Nothing that was ever said has left it.')])
}

function jsonHead({ namespace, id }: Session, generations: readonly GenerationInfo[]): string {
  const head = JSON.stringify({ namespace, id, generations })
  return `${head.slice(0, -1)},"history":[`
}

function headLines(ink: Ink, session: Session, generations: readonly GenerationInfo[]): string[] {
  const rows = generations.map(({ generation, at, reason, entryCount }): Cell[] => [
    [generation, 'dim'],
    timeText(at),
    [reason, 'bold'],
    plural(entryCount, 'entry', 'entries'),
    [GENERATION_WORDS.get(reason) ?? '', 'dim'],
  ])
  return [
    [ink.bold(sessionName(session)), ...(session.title === null ? [] : [ink.plain(session.title)])].join(
      '  ',
    ),
    ink.dim(
      `${plural(session.entryCount, 'entry', 'entries')} now, ${plural(generations.length, 'generation')}`,
    ),
    '',
    ...table(
      ink,
      [
        { heading: '', align: 'right' },
        { heading: '' },
        { heading: '' },
        { heading: '', align: 'right' },
        { heading: '' },
      ],
      rows,
    ),
  ]
}

function departureText({ why, by, generation }: Departure): string {
  const where = [
    ...(by === undefined ? [] : [`entry ${by}`]),
    ...(generation === undefined ? [] : [`generation ${generation}`]),
  ]
  return [`${why}: ${DEPARTURE_WORDS[why]}`, ...where].join(', ')
}
