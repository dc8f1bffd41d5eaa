import { createHmac, randomBytes } from 'node:crypto'
import { isFinding, isWord, memoryOf, type Note, readNote, type SourceProblem } from '@faircopy/legacy-jsonl'
import { codecNamed, type SessionAddress, type TranscriptReader } from '@faircopy/store-core'
import {
  isQuarantined,
  type StoreFacts,
  type StoreInspector,
  type TranscriptImporter,
} from '@faircopy/store-core/operator'
import { FORMAT_NAMES } from '../text/format-names.ts'
import { VERDICTS } from '../text/verdict-words.ts'

import { isImport } from './is-import.ts'
import type { StoreHarm } from './store-harm.ts'

/** Counts by name. */
export type Counts = Readonly<Record<string, number>>

/** What one import came to. */
export interface ImportSummary {
  /** The day, UTC. */
  readonly day: string
  readonly format: string
  readonly sessions: number
  readonly byVerdict: Counts
  /** Lines by what became of them. */
  readonly lines: Counts
  /** Problems by their code, remarks among them. */
  readonly problems: Counts
}

/** A session that somebody has to look at. */
export interface SessionSummary {
  /** A hash that is made anew for each report. */
  readonly session: string
  readonly verdict: string
  readonly reason: string | null
  readonly entries: Counts
  readonly lines: Counts
  readonly findings: Counts
}

/** The state of a store in numbers and codes. */
export interface StoreReport {
  readonly facts: Omit<StoreFacts, 'storeId' | 'path' | 'logHolders'>
  readonly sessions: number
  readonly ended: number
  readonly children: number
  readonly namespaces: number
  readonly entries: number
  /** Sessions that are damaged and cannot be read; 0 in a sound store. */
  readonly damaged: number
  /** Entries of the longest session. */
  readonly longest: number
  readonly byCodec: Counts
  /** Oldest first. */
  readonly imports: readonly ImportSummary[]
  readonly attention: readonly SessionSummary[]
  /** Lines that became no entry, by reason: how many, and how many bytes. */
  readonly quarantined: Readonly<Record<string, { readonly lines: number; readonly bytes: number }>>
}

/**
 * Gathers what a bug report needs of a store. Only numbers, days, and words of our own come out: no transcript text, no
 * title, no path, and no id, key or name of a session, chat or person. Reads headers and the ledger, and no entry. What is
 * damaged goes to `harm`, and is counted.
 */
export async function storeReport(
  store: TranscriptReader & TranscriptImporter & StoreInspector,
  signal: AbortSignal,
  harm: StoreHarm,
): Promise<StoreReport> {
  const { storeId: _, path: __, logHolders: ___, ...facts } = await store.facts()
  const key = randomBytes(32)
  const namespaces = new Set<string>()
  const byCodec = new Tally()
  const quarantined = new Map<string, { lines: number; bytes: number }>()
  const total = { sessions: 0, ended: 0, children: 0, entries: 0, longest: 0 }
  for await (const session of harm.without(store.sessions())) {
    signal.throwIfAborted()
    total.sessions++
    total.ended += Number(session.endedAt !== null)
    total.children += Number(session.parent !== null)
    total.entries += session.entryCount
    total.longest = Math.max(total.longest, session.entryCount)
    namespaces.add(session.namespace)
    byCodec.add(codecNamed(session.codec).name === session.codec ? session.codec : 'other')
    for await (const line of harm.without(store.quarantined(session))) {
      if (!isQuarantined(line)) continue
      const { reason, length } = line
      const known = quarantined.get(slug(reason)) ?? { lines: 0, bytes: 0 }
      quarantined.set(slug(reason), { lines: known.lines + 1, bytes: known.bytes + length })
    }
  }
  const imports = new Map<string, ImportTally>()
  for await (const run of harm.without(store.imports()))
    if (isImport(run)) imports.set(run.id, new ImportTally(run.at, run.about['format']))
  const last = new Map<string, SessionSummary>()
  for await (const record of harm.without(store.ledger())) {
    signal.throwIfAborted()
    const note = readNote(record)
    if (!isWord(note)) continue
    imports.get(note.importId)?.add(note)
    const name = hashed(key, note.session)
    last.delete(name)
    const summary = sessionSummary(name, note)
    if (
      note.verdict === 'ambiguous' ||
      note.verdict === 'unreadable' ||
      Object.keys(summary.findings).length > 0
    )
      last.set(name, summary)
  }
  return {
    facts,
    ...total,
    damaged: harm.sessions.length,
    namespaces: namespaces.size,
    byCodec: byCodec.counts,
    imports: [...imports.values()].map((tally) => tally.summary),
    attention: [...last.values()],
    quarantined: Object.fromEntries(quarantined),
  }
}

class Tally {
  readonly #counts = new Map<string, number>()

  add(name: string, by = 1): void {
    if (by !== 0) this.#counts.set(name, (this.#counts.get(name) ?? 0) + by)
  }

  get counts(): Counts {
    return Object.fromEntries(this.#counts)
  }
}

class ImportTally {
  readonly #at: number
  readonly #format: string
  readonly #byVerdict = new Tally()
  readonly #lines = new Tally()
  readonly #problems = new Tally()
  #sessions = 0

  constructor(at: number, format: unknown) {
    this.#at = at
    this.#format = FORMAT_NAMES.find((name) => name === format) ?? 'other'
  }

  add(note: Note): void {
    this.#sessions++
    this.#byVerdict.add(verdictOf(note.verdict))
    for (const [name, count] of Object.entries(memoryOf(note).report.lines ?? {}))
      this.#lines.add(name, count)
    for (const { code } of problemsIn(note)) this.#problems.add(code)
  }

  get summary(): ImportSummary {
    return {
      day: new Date(this.#at).toISOString().slice(0, 10),
      format: this.#format,
      sessions: this.#sessions,
      byVerdict: this.#byVerdict.counts,
      lines: this.#lines.counts,
      problems: this.#problems.counts,
    }
  }
}

function sessionSummary(session: string, note: Note): SessionSummary {
  const { verdict, reason } = note
  const { entries, lines } = memoryOf(note).report
  const findings = new Tally()
  for (const problem of problemsIn(note)) if (isFinding(problem)) findings.add(problem.code)
  return {
    session,
    verdict: verdictOf(verdict),
    reason: reason === null ? null : slug(reason),
    entries: numbersIn(entries),
    lines: numbersIn(lines),
    findings: findings.counts,
  }
}

function hashed(key: Buffer, { namespace, id }: Required<SessionAddress>): string {
  return createHmac('sha256', key)
    .update(JSON.stringify([namespace, id]))
    .digest('hex')
    .slice(0, 12)
}

function verdictOf(verdict: string): string {
  return VERDICTS.find((known) => known === verdict) ?? 'other'
}

/** A word of our own: anything else that a store may hold there is not told. */
function slug(word: string): string {
  return /^[a-z]+(-[a-z0-9]+){0,4}$/.test(word) && word.length <= 40 ? word : 'other'
}

function numbersIn(counts: object = {}): Counts {
  return Object.fromEntries(
    Object.entries(counts).flatMap(([name, count]) =>
      typeof count === 'number' && count > 0 ? [[name, count]] : [],
    ),
  )
}

/** The problems of a session, by their code alone. */
function problemsIn(note: Note): SourceProblem[] {
  return (memoryOf(note).report.problems ?? []).map(({ code }) => ({
    code: slug(code) as SourceProblem['code'],
    path: '',
    detail: '',
  }))
}
