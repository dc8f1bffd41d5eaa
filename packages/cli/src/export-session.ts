import {
  codecNamed,
  type Entry,
  parseRecord,
  project,
  type Session,
  type TranscriptReader,
} from '@faircopy/store-core'
import type { ExportFormat } from './export-formats.ts'
import type { TextSink } from './files/text-sink.ts'
import { entryJson, recordLine } from './json/entry-json.ts'
import { markdownEntry, markdownHead } from './text/markdown.ts'

/**
 * Writes what a session says, entry by entry, whatever its length. `jsonl`: each record on a line, in its exact text.
 * `ndjson`: each entry with what the store knows of it. `markdown`: what a person would read.
 *
 * @returns how many entries were written
 */
export async function exportSession(
  store: TranscriptReader,
  session: Session,
  format: ExportFormat,
  sink: TextSink,
  signal: AbortSignal,
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
  let written = 0
  if (format === 'markdown') await sink.write(markdownHead(session))
  for await (const entry of store.read(session)) {
    if (sink.closed) break
    signal.throwIfAborted()
    for (const text of textOf[format](entry)) {
      await sink.write(text)
      written++
    }
  }
  return written
}
