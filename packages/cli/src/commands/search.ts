import {
  codecNamed,
  parseRecord,
  type SearchHit,
  type SearchOptions,
  type SearchResult,
} from '@faircopy/store-core'
import type { Context } from '../context/context.ts'
import { writeLines } from '../files/text-sink.ts'
import { UsageError } from '../process/cli-error.ts'
import { ExitCode } from '../process/exit-code.ts'
import { entryJson } from '../reports/entry-json.ts'
import { hitLines } from '../reports/hit-lines.ts'
import { withSearcher } from '../store/open-store.ts'
import { StoreHarm } from '../store/store-harm.ts'
import { plural } from '../text/plural.ts'
import { sessionName } from '../text/session-name.ts'

const MAX_LIMIT = 1000
/** What a person waits for. An index that is built for the first time may take longer, and then says so. */
const BUDGET_MS = 5000

/** Options of `faircopy search`. */
export interface SearchCommandOptions {
  readonly limit: number
  readonly session?: string
  readonly order: NonNullable<SearchOptions['order']>
}

/** `faircopy search TEXT`: finds what was said. */
export async function runSearch(
  context: Context,
  words: readonly string[],
  { limit, session, order }: SearchCommandOptions,
): Promise<ExitCode> {
  if (limit > MAX_LIMIT) throw new UsageError(`--limit is at most ${MAX_LIMIT}.`)
  const { namespace, json, out, err, ink } = context
  const query = words.join(' ')
  return withSearcher(context, async (store) => {
    const result = await store.search(query, {
      limit,
      order,
      budget: BUDGET_MS,
      ...(namespace === undefined ? {} : { namespace }),
      ...(session === undefined ? {} : { session }),
    })
    const codecs = new Map<string, string>()
    for (const { session: address } of result.hits) {
      const found = await store.get(address)
      if (found) codecs.set(sessionName(address), found.codec)
    }
    const codecOf = (hit: SearchHit): string => codecs.get(sessionName(hit.session)) ?? ''
    if (json) await writeLines(out, [searchJson(result, codecOf)])
    else {
      for (const hit of result.hits) await writeLines(out, hitLines(ink, query, hit, codecOf(hit)))
      await writeLines(result.hits.length > 0 ? err : out, [ink.plain(tally(result, limit))])
    }
    const harm = new StoreHarm(context.databasePath)
    harm.name(result.damaged)
    harm.tell()
    return result.complete ? ExitCode.done : ExitCode.findings
  })
}

function searchJson({ hits, complete, behind }: SearchResult, codecOf: (hit: SearchHit) => string): string {
  const lines = hits.map((hit) => {
    const { role } = codecNamed(codecOf(hit)).view(parseRecord(hit.entry.record))
    return entryJson(hit.entry, { session: hit.session, role, stored: true })
  })
  const list = lines.length === 0 ? '[]' : `[\n${lines.join(',\n')}\n]`
  return `{"hits":${list},"complete":${complete},"behind":${behind}}`
}

function tally({ hits, complete, behind, damaged = [] }: SearchResult, limit: number): string {
  const found = hits.length === 0 ? 'Nothing found' : plural(hits.length, 'hit')
  const more = hits.length === limit ? '; there may be more, see --limit' : ''
  if (complete) return `${found}${more}.`
  if (damaged.length > 0)
    return `${found}${more}, and NOT COMPLETE: ${plural(damaged.length, 'session')} cannot be read.`
  const missing = behind > 0 ? `${plural(behind, 'entry', 'entries')} not looked at yet` : 'time ran out'
  return `${found}${more}, and NOT COMPLETE: ${missing}. The same search again goes on from here.`
}
