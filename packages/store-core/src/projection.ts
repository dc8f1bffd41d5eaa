import type { Codec, MessageView } from './codec.ts'
import type { Entry } from './entry.ts'
import { parseRecord } from './record-text.ts'

/** A way to look at a transcript (S16). */
export type ProjectionName = 'audit' | 'display' | 'model'

/** An entry as a projection shows it. The entry is as stored; only the view may be adapted. */
export interface ProjectedEntry {
  readonly entry: Entry
  readonly view: MessageView
}

const PROVIDER_ROLES: ReadonlySet<string> = new Set(['system', 'developer', 'user', 'assistant', 'tool'])

/**
 * Shows a transcript in one of three ways (S16). A projection is a view and never changes what is stored.
 *
 * - `audit`: every live entry, as it is.
 * - `display`: what a person would want to read: messages, deliveries and compactions of any role but the system's.
 * - `model`: what a provider may be shown: from the first entry kept by the last compaction on; no `session_meta`, no
 *   unknown kinds, no unknown roles; each delivery once, labelled with where it came from, and moved behind a tool
 *   exchange that it would have split.
 */
export function project(entries: readonly Entry[], name: ProjectionName, codec: Codec): ProjectedEntry[] {
  return projectViewed(
    entries.map((entry) => ({ entry, view: codec.view(parseRecord(entry.record)) })),
    name,
  )
}

/** {@link project} of entries that a codec has read already, which is most of the work. */
export function projectViewed(all: readonly ProjectedEntry[], name: ProjectionName): ProjectedEntry[] {
  if (name === 'audit') return [...all]
  if (name === 'display') return all.filter(({ entry, view }) => isForPeople(entry, view))
  return outsideToolExchanges(
    sinceLastCompaction(all)
      .filter(({ entry, view }) => isForProviders(entry, view))
      .map(labelDelivery),
  )
}

function isForPeople(entry: Entry, view: MessageView): boolean {
  if (entry.kind === 'delivery' || entry.kind === 'compaction') return true
  return entry.kind === 'message' && view.role !== 'system' && view.role !== 'developer'
}

function isForProviders(entry: Entry, view: MessageView): boolean {
  if (entry.kind === 'compaction') return true
  return (
    (entry.kind === 'message' || entry.kind === 'delivery') &&
    view.role !== null &&
    PROVIDER_ROLES.has(view.role)
  )
}

/** A compaction's record names the first entry kept: `{"first_kept": <entry id>}`. Without it, all before is dropped. */
function sinceLastCompaction(all: readonly ProjectedEntry[]): readonly ProjectedEntry[] {
  const at = all.findLastIndex(({ entry }) => entry.kind === 'compaction')
  const compaction = all[at]
  if (!compaction) return all
  const firstKept = parseRecord(compaction.entry.record)['first_kept']
  const from = typeof firstKept === 'number' ? all.findIndex(({ entry }) => entry.id === firstKept) : -1
  const kept = from === -1 ? [] : all.slice(from, at)
  return [compaction, ...kept.filter(({ entry }) => entry.kind !== 'compaction'), ...all.slice(at + 1)]
}

function labelDelivery(shown: ProjectedEntry): ProjectedEntry {
  if (shown.entry.kind !== 'delivery') return shown
  const label = `[Delivered from ${shown.view.deliveredFrom ?? 'elsewhere'}] `
  return {
    entry: shown.entry,
    view: {
      ...shown.view,
      text: label + shown.view.text,
      parts: [{ type: 'text', text: label }, ...shown.view.parts],
      content: typeof shown.view.content === 'string' ? label + shown.view.content : shown.view.content,
    },
  }
}

function outsideToolExchanges(shown: readonly ProjectedEntry[]): ProjectedEntry[] {
  const out: ProjectedEntry[] = []
  const waiting: ProjectedEntry[] = []
  const open = new Set<string>()
  for (const next of shown) {
    const exchangeGoesOn = next.view.toolCallId !== null && open.has(next.view.toolCallId)
    if (next.entry.kind === 'delivery' && open.size > 0) {
      waiting.push(next)
      continue
    }
    if (!exchangeGoesOn && open.size > 0) {
      open.clear()
      out.push(...waiting.splice(0))
    }
    out.push(next)
    if (next.view.toolCallId !== null) open.delete(next.view.toolCallId)
    for (const call of next.view.toolCalls) if (call.id !== null) open.add(call.id)
    if (open.size === 0) out.push(...waiting.splice(0))
  }
  return [...out, ...waiting]
}
