import {
  codecNamed,
  type Entry,
  parseRecord,
  project,
  type Session,
  type TranscriptReader,
} from '@faircopy/store-core'
import type { TranscriptImporter } from '@faircopy/store-core/operator'
import type { TextSink } from '../files/text-sink.ts'
import { metadataLines } from '../store/metadata-lines.ts'
import type { StoreHarm } from '../store/store-harm.ts'
import { markdownEntry, markdownHead } from '../text/markdown.ts'
import { entryJson, recordLine } from './entry-json.ts'
import type { ExportFormat } from './export-formats.ts'

/** What is exported from: what sessions say, and the lines that are kept beside it. */
export type ExportedStore = TranscriptReader & Pick<TranscriptImporter, 'quarantined'>

/** How a session is written out. */
export interface SessionExport {
  /**
   * `jsonl`: each record on a line, in its exact text, and the file's metadata lines before the entry that they stood
   * before. `ndjson`: each entry with what the store knows of it. `markdown`: what a person would read.
   */
  readonly format: ExportFormat
  /** Takes in damage of lines that are kept beside the entries: they are left out. */
  readonly harm: StoreHarm
  readonly signal: AbortSignal
}

/**
 * Writes what a session says, entry by entry, whatever its length.
 *
 * @returns how many entries were written
 */
export async function exportSession(
  store: ExportedStore,
  session: Session,
  sink: TextSink,
  { format, harm, signal }: SessionExport,
): Promise<number> {
  const codec = codecNamed(session.codec)
  const textOf: { readonly [F in ExportFormat]: (entry: Entry) => string[] } = {
    jsonl: (entry) => [`${recordLine(entry.record)}\n`],
    ndjson: (entry) => {
      const { role } = codec.view(parseRecord(entry.record))
      return [`${entryJson(entry, { session, role, stored: true })}\n`]
    },
    markdown: (entry) => project([entry], 'display', codec).map(markdownEntry),
  }
  const kept = () => harm.without(store.quarantined(session, { settled: true }))
  const metadata = format === 'jsonl' ? await metadataLines(kept) : null
  const putMetadata = async (before: number): Promise<void> => {
    if (metadata) for await (const line of metadata(before)) await sink.write(`${recordLine(line)}\n`)
  }
  let written = 0
  if (format === 'markdown') await sink.write(markdownHead(session))
  for await (const entry of store.read(session)) {
    if (sink.closed) break
    signal.throwIfAborted()
    await putMetadata(entry.provenance?.offset ?? 0)
    for (const text of textOf[format](entry)) {
      await sink.write(text)
      written++
    }
  }
  await putMetadata(Number.POSITIVE_INFINITY)
  return written
}
