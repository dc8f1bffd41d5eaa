import type { LegacyReader } from '@faircopy/legacy-jsonl'
import {
  codecNamed,
  DEFAULT_NAMESPACE,
  type Entry,
  type HistoryEntry,
  type ProjectionName,
  project,
  type SessionAddress,
} from '@faircopy/store-core'
import type { Context } from '../context/context.ts'
import { writeLines } from '../files/text-sink.ts'
import { ExitCode } from '../process/exit-code.ts'
import { entryJson } from '../reports/entry-json.ts'
import { legacyReader, noLegacySession } from '../sources/find-legacy-session.ts'
import { importNamespaces } from '../sources/import-namespaces.ts'
import { filesKnownTo, withSources } from '../sources/open-source.ts'
import { asideText } from '../text/aside-text.ts'
import { entryText } from '../text/entry-text.ts'
import { sessionName } from '../text/session-name.ts'
import { shortPath } from '../text/short-path.ts'

/** How a side of a source is read and shown. */
export interface WitnessView {
  readonly projection: ProjectionName
  readonly format: string
  readonly timeZone?: string
  readonly tail?: number
}

/** `faircopy show SESSION --witness SIDE`: reads a session as a side of a legacy source tells it. */
export async function showWitness(
  context: Context,
  id: string,
  options: WitnessView,
  kind: 'database' | 'file',
  from: string,
): Promise<ExitCode> {
  const { namespace } = context
  const { format, timeZone } = options
  const address = { namespace: namespace ?? DEFAULT_NAMESPACE, id }
  for (const given of importNamespaces(namespace)) {
    const shown = await withSources(
      [from],
      { format, namespace: given, timeZone, known: filesKnownTo(context) },
      async ([source]) => {
        const reader = source ? await legacyReader(source, address, kind) : null
        if (reader) await writeWitness(context, address, reader, options)
        return reader !== null
      },
    )
    if (shown) return ExitCode.done
  }
  throw noLegacySession(from, address)
}

async function writeWitness(
  { out, err, ink, json, signal }: Context,
  session: Required<SessionAddress>,
  reader: LegacyReader,
  { projection, tail }: WitnessView,
): Promise<void> {
  const { path, codec: codecName } = (await reader.witnessOf(session)) ?? { path: reader.path, codec: '' }
  const codec = codecNamed(codecName)
  const show = (told: Entry | HistoryEntry): string[] => {
    const entry: Entry = { ...told, seq: told.seq ?? told.id }
    return project([entry], projection, codec).flatMap(({ view }) =>
      json
        ? [entryJson(told, { session, role: view.role, stored: false })]
        : ['', ...entryText(entry, view, ink), ...(told.seq === null ? [ink.dim('      (withdrawn)')] : [])],
    )
  }
  if (!json) {
    await writeLines(out, [
      `${ink.bold(sessionName(session))}  ${ink.plain(`as ${shortPath(path)} tells it`)}`,
    ])
  }
  const last: (readonly string[])[] = []
  for await (const item of reader.told(session)) {
    if (out.closed) break
    signal.throwIfAborted()
    if (item.as === 'aside') {
      const text = asideText(item.item)
      if (text !== null)
        await writeLines(json ? err : out, json ? [ink.plain(text)] : ['', ink.dim(`      ${text}`)])
      continue
    }
    const lines = show(item.entry)
    if (tail === undefined) await writeLines(out, lines)
    else if (lines.length > 0 && last.push(lines) > tail) last.shift()
  }
  for (const lines of last) await writeLines(out, lines)
}
