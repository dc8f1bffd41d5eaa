import { goneGenerations } from '@faircopy/legacy-jsonl'
import {
  codecNamed,
  type GenerationInfo,
  type HistoryReader,
  parseRecord,
  type Session,
  type TranscriptReader,
} from '@faircopy/store-core'
import type { TranscriptImporter } from '@faircopy/store-core/operator'
import type { Context } from '../context/context.ts'
import { writeLines } from '../files/text-sink.ts'
import { DEPARTURE_WORDS, type Departure, historyEntries } from '../store/history-entries.ts'
import { entryText } from '../text/entry-text.ts'
import type { Ink } from '../text/ink.ts'
import { plural } from '../text/plural.ts'
import { sessionName } from '../text/session-name.ts'
import { type Cell, table } from '../text/table.ts'
import { timeText } from '../text/time-text.ts'
import { entryJson } from './entry-json.ts'

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
  store: TranscriptReader & HistoryReader & TranscriptImporter,
  session: Session,
): Promise<void> {
  const { out, ink, json, signal } = context
  const generations = await store.generations(session)
  const gone = await whyGone(store, session, generations)
  if (json) await out.write(jsonHead(session, generations, gone))
  else await writeLines(out, [...headLines(ink, session, generations), ...goneLines(ink, gone)])
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
  else if (count === 0) await writeLines(out, ['', ink.plain(nothingLeft(generations, gone))])
}

/** A generation that the store has no more. */
interface GoneGeneration {
  readonly generation: number
  /** `pruned`, or where an import of the session was undone: one of both, and it cannot be told which. */
  readonly why: 'pruned' | 'pruned-or-undone'
}

const GONE_WORDS: { readonly [W in GoneGeneration['why']]: string } = {
  pruned: 'pruned',
  'pruned-or-undone': 'pruned, or an undone import had made it',
}

/** The generations that a session had and has no more, and why. */
async function whyGone(
  store: TranscriptImporter,
  session: Session,
  generations: readonly GenerationInfo[],
): Promise<GoneGeneration[]> {
  const gone = goneGenerations(session, generations)
  if (gone.length === 0) return []
  let why: GoneGeneration['why'] = 'pruned'
  for await (const { verdict } of store.ledger({ session }))
    if (verdict === 'undone') why = 'pruned-or-undone'
  return gone.map((generation) => ({ generation, why }))
}

function goneLines(ink: Ink, gone: readonly GoneGeneration[]): string[] {
  return stretches(gone).map(({ from, to, why }) =>
    ink.yellow(
      from === to
        ? `Generation ${from} is gone (${GONE_WORDS[why]}), with what it alone said.`
        : `Generations ${from} to ${to} are gone (${GONE_WORDS[why]}), with what they alone said.`,
    ),
  )
}

function stretches(
  gone: readonly GoneGeneration[],
): { readonly from: number; to: number; readonly why: GoneGeneration['why'] }[] {
  const found: ReturnType<typeof stretches> = []
  for (const { generation, why } of gone) {
    const last = found.at(-1)
    if (last && last.to === generation - 1) last.to = generation
    else found.push({ from: generation, to: generation, why })
  }
  return found
}

/** What is said where no entry of the past is stored. */
function nothingLeft(generations: readonly GenerationInfo[], gone: readonly GoneGeneration[]): string {
  if (gone.length > 0) return 'Nothing else that it no longer says is stored.'
  if (generations.some(({ reason }) => reason === 'redact'))
    return 'No entry has ever left it; texts that were redacted have.'
  return 'Nothing that was ever said has left it.'
}

function jsonHead(
  { namespace, id }: Session,
  generations: readonly GenerationInfo[],
  gone: readonly GoneGeneration[],
): string {
  const head = JSON.stringify({ namespace, id, generations, gone })
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
