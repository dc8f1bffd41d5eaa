import { InvalidArgument } from '../errors.ts'
import { entryHash } from '../hash.ts'
import { holdsText, redactRecord } from '../redact.ts'
import type { RedactReceipt } from '../remover.ts'
import { isSameAddress } from '../session-ref.ts'
import type { Effect } from './effects.ts'
import type { Address, Containing, StoredLine, StoredText, StoredTip } from './look-ups.ts'
import { ask, type Context, type Rule } from './rule.ts'
import { checkWritable, tipOf } from './session.ts'

/** A text that is to go from an entry and from its session's history. */
export interface RedactCall {
  readonly session: Address
  readonly entryId: number
  readonly text: string
  /** What a record may have, in bytes (S12). */
  readonly maxBytes: number
}

/** Removes a text from an entry, from its session's history and from the lines beside them (S27). */
export function* redact(call: RedactCall, context: Context): Rule<RedactReceipt> {
  const { session, entryId: id, text } = call
  const { tips, retained } = yield* ask({ tips: [session], retained: [{ session, id }] })
  const tip = checkWritable(session, tips[0])
  if (!retained[0]) throw new InvalidArgument(`entryId: the session has no entry ${id}`)
  const found = yield* ask({ entriesHolding: [{ session, id, text }], linesHolding: [{ session, text }] })
  const entries = redactedEntries(call, found.entriesHolding[0] ?? [])
  const lines = (found.linesHolding[0] ?? []).filter(({ bytes }) => holdsText(DECODER.decode(bytes), text))
  const { containing } = yield* ask({ containing: entries.length > 0 ? [{ session, entries }] : [] })
  const facts = { tip, entries, lines, containing: containing[0] ?? [] }
  return {
    effects: decideRedact(session, facts, context),
    answer: { entries: entries.map((entry) => entry.id), quarantined: lines.length },
  }
}

const DECODER = new TextDecoder('utf-8', { ignoreBOM: true })

/** Those of some entries that hold the text, without it. */
function redactedEntries({ text, maxBytes }: RedactCall, found: readonly StoredText[]): StoredText[] {
  return found.flatMap((entry) => {
    const record = redactRecord(entry.record, text, maxBytes)
    return record === null ? [] : [{ ...entry, record }]
  })
}

/** What a redaction is decided on. */
interface RedactFacts {
  readonly tip: StoredTip
  readonly entries: readonly StoredText[]
  readonly lines: readonly StoredLine[]
  readonly containing: readonly Containing[]
}

/** Whatever session contains an entry has its list anew; of one that only contained it, no more is told than that something changed. */
function decideRedact(
  session: Address,
  { tip, entries, lines, containing }: RedactFacts,
  { now }: Context,
): Effect[] {
  if (entries.length + lines.length === 0) return []
  const redacted = entries.map(({ owner, id, kind, at, record }): Effect => {
    const redaction = { at: now, hash: entryHash(kind, at, record) }
    return { effect: 'redact', session, entry: { owner, id }, record, redaction }
  })
  const cleared: Effect[] =
    lines.length > 0 ? [{ effect: 'clear', session, lines: lines.map(({ number }) => number) }] : []
  const told: Effect[] = containing.some((one) => isSameAddress(one.session, session))
    ? []
    : [{ effect: 'tip', session, tip: { ...tipOf(tip), updatedAt: now }, change: 'updated' }]
  return [...redacted, ...cleared, ...containing.flatMap((one) => repeated(one, now)), ...told]
}

function repeated({ session, tip: before }: Containing, now: number): Effect[] {
  const generation = before.generation + 1
  const tip = { ...tipOf(before), revision: before.revision + 1, generation, updatedAt: now }
  return [
    { effect: 'repeat', session, list: { generation, at: now, reason: 'redact' } },
    { effect: 'tip', session, tip, change: 'replaced' },
  ]
}
