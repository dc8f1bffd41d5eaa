import { isJsonObject, type JsonObject, type JsonValue } from '@faircopy/store-core'
import { type LedgerNote, type LedgerRecord, PARTLY_READ } from '@faircopy/store-core/operator'
import { z } from 'zod'
import type {
  Boundary,
  BranchContent,
  DecisionContent,
  FollowingContent,
  ImportContent,
  Memory,
  NewNote,
  Note,
  RecordedDecision,
  SourceFingerprint,
  UndoContent,
  UnreadContent,
  Written,
} from './note.ts'
import { RESOLUTION_CHOICES } from './resolution-choice.ts'

const count = z.number().int().min(0)
const digest = z.object({ digest: z.string() })
const past = z.object({ entries: count, digest: z.string() }).nullable()
const address = z.object({ namespace: z.string(), id: z.string() })

const boundarySchema: z.ZodType<Boundary> = z.object({
  entry: z.number(),
  file: digest.extend({ size: count.nullable() }).nullable(),
  database: digest.nullable(),
})

const decisionSchema: z.ZodType<RecordedDecision> = z.object({
  choice: z.enum(RESOLUTION_CHOICES),
  note: z.string().exactOptional(),
  at: z.number(),
  entry: count,
  database: past,
  file: past,
  withheld: count,
  branch: address.exactOptional(),
})

const takenSchema = z.object({
  path: z.string().exactOptional(),
  parts: z.array(z.object({ from: count, bytes: count, sha256: z.string() })).exactOptional(),
  timeZone: z.string().exactOptional(),
  rows: count,
  through: count,
})

const linesSchema = z.object({
  total: count,
  imported: count,
  matched: count,
  withheld: count,
  metadata: count,
  blank: count,
  quarantined: count,
  tornTail: count,
})

/** What a run remembers, member by member: one that is not as it should be is left out, and the others are read. */
const memorySchema = z.looseObject({
  namespace: perhaps(z.string()),
  id: perhaps(z.string()),
  verdict: perhaps(z.string()),
  reason: perhaps(z.string()),
  entries: perhaps(z.object({ canonical: count, legacy: count, merged: count.nullable(), added: count })),
  lines: perhaps(linesSchema),
  file: perhaps(z.object({ bytes: count, sha256: z.string() })),
  rows: perhaps(count),
  stutter: perhaps(count),
  undated: perhaps(count),
  problems: perhaps(z.array(z.looseObject({ code: z.string(), detail: z.string() }))),
  entryCount: perhaps(count),
  taken: perhaps(takenSchema),
  settles: perhaps(z.array(z.string())),
  told: perhaps(z.record(z.string(), z.string())),
  source: perhaps(z.custom<JsonObject>((value) => isJsonObject(value as JsonValue))),
})

const undoSchema = z.object({
  undid: z.string().catch(''),
  key: z.string().catch(''),
  verdict: z.string().catch(''),
})

const proofSchema = z.object({
  certificates: z.array(z.unknown()).catch([]),
  boundaries: z.array(z.unknown()).catch([]),
})

function perhaps<T>(schema: z.ZodType<T>): z.ZodType<T | undefined> {
  return schema.optional().catch(undefined)
}

/** What tells a note from the others of its session. */
export type NoteName =
  | { readonly as: 'import' | 'decision' | 'branch'; readonly about: string }
  | Pick<FollowingContent, 'as' | 'about' | 'of'>
  | { readonly as: 'boundary'; readonly boundary: SourceFingerprint | null }
  | { readonly as: 'index'; readonly by: string }

/** The key of a note. A session has one note under each: the same again is not written. */
export function keyOf(name: NoteName): string {
  switch (name.as) {
    case 'import':
      return name.about
    case 'decision':
      return `${name.about} decided`
    case 'branch':
      return `branch ${name.about} decided`
    case 'boundary':
      return `boundary ${name.boundary?.file?.digest ?? '-'} ${name.boundary?.database?.digest ?? '-'}`
    case 'index':
      return `indexed ${name.by}`
    default:
      return `${name.about} ${name.as} ${name.of}`
  }
}

/** A note as the ledger takes it. */
export function writeNote(note: NewNote): LedgerNote {
  return { key: keyOf(note), reason: null, certificate: null, ...textOf(note) }
}

function textOf(note: NewNote): Pick<LedgerNote, 'verdict' | 'report'> & Partial<LedgerNote> {
  switch (note.as) {
    case 'index':
      return { verdict: 'indexed', report: note.boundary ? asJson({ boundary: note.boundary }) : {} }
    case 'boundary':
      return { verdict: note.as, report: asJson({ boundary: note.boundary }) }
    case 'import': {
      const { report, certificates, boundaries } = note
      const proof = { certificates, ...(boundaries.length > 0 ? { boundaries } : {}) }
      return {
        verdict: report.verdict,
        reason: report.reason ?? null,
        report: memoryText(note),
        certificate: certificates.length > 0 ? asJson(proof) : null,
      }
    }
    case 'decision':
      return { verdict: note.report.verdict, report: memoryText(note, { decision: note.decision }) }
    case 'branch':
      return { verdict: note.report.verdict, report: memoryText(note, { branchOf: note.branchOf }) }
    default:
      return {
        verdict: note.as,
        reason: note.report.reason === PARTLY_READ ? PARTLY_READ : null,
        report: memoryText(note),
      }
  }
}

function memoryText({ report, entryCount, taken, settles, told, source }: Memory, more?: object): JsonObject {
  return asJson({ ...report, entryCount, taken, settles, told, source, ...more })
}

function asJson(value: object): JsonObject {
  return JSON.parse(JSON.stringify(value)) as JsonObject
}

/** Reads a note, whoever wrote it: one that is of no kind known here is an import, of which nothing may be remembered. */
export function readNote({ report, ...written }: LedgerRecord): Note {
  const name = namedBy(written)
  switch (name.as) {
    case 'undo':
      return { ...written, as: 'undo', ...undoneIn(report) }
    case 'index':
      return { ...written, ...name, boundary: boundaryIn(report) }
    case 'boundary':
      return { ...written, as: 'boundary', boundary: boundaryIn(report) }
    case 'settled':
    case 'dated':
    case 'facts':
      return { ...written, ...name, ...memoryIn(report) }
    default:
      return { ...written, ...wordIn(written, name, report) }
  }
}

/**
 * The same without what is of no use to know how a session stands: of a whole ledger's notes so much can be kept in
 * memory.
 */
export function readNoteBriefly(record: LedgerRecord): Note {
  const kept = ['decision', 'branchOf', 'source', 'undid', 'key', 'verdict']
  const report = Object.fromEntries(Object.entries(record.report).filter(([name]) => kept.includes(name)))
  return readNote({ ...record, report, certificate: null })
}

/** The kind of a note, and what it is about, by its key and verdict. */
function namedBy({ key, verdict }: Pick<LedgerRecord, 'key' | 'verdict'>) {
  const [before = '', of = ''] = key.split(` ${verdict} `)
  switch (verdict) {
    case 'undone':
      return { as: 'undo', about: key } as const
    case 'indexed':
      return { as: 'index', about: key, by: key.replace(/^indexed /, '') } as const
    case 'boundary':
      return { as: verdict, about: key } as const
    case 'settled':
    case 'dated':
    case 'facts':
      return { as: verdict, about: before, of } as const
    default: {
      const [, branch, about] = /^(branch )?(.*) decided$/s.exec(key) ?? []
      if (about === undefined) return { as: 'import', about: key } as const
      return { as: branch === undefined ? 'decision' : 'branch', about } as const
    }
  }
}

function wordIn(
  { certificate }: Written,
  { as, about }: Pick<ReturnType<typeof namedBy>, 'as' | 'about'>,
  report: JsonObject,
): ImportContent | DecisionContent | BranchContent | UnreadContent {
  const { decision, branchOf, ...rest } = report
  const memory = memoryIn(rest)
  const decided = decisionSchema.safeParse(decision)
  if (decided.success) return { as: 'decision', about, ...memory, decision: decided.data }
  const branched = address.safeParse(branchOf)
  if (branched.success) return { as: 'branch', about, ...memory, branchOf: branched.data }
  if (as !== 'import') return { as: 'unread', about, ...memory }
  return { as, about, ...memory, ...proofSchema.parse(certificate ?? {}) }
}

function memoryIn(text: JsonObject): Memory {
  const { entryCount, taken, settles, told, source, ...report } = memorySchema.parse(text)
  return { report, entryCount, taken, settles, told, source }
}

function boundaryIn({ boundary }: JsonObject): Boundary | null {
  return boundarySchema.safeParse(boundary).data ?? null
}

function undoneIn(report: JsonObject): Pick<UndoContent, 'undid' | 'undone'> {
  const { undid, ...last } = undoSchema.parse(report)
  const { as, about } = namedBy(last)
  return { undid, undone: { as, about } }
}
