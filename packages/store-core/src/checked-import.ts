import { z } from 'zod'
import { argument } from './argument.ts'
import { type CheckedEntry, checkEntry } from './checked-entry.ts'
import { InvalidArgument, InvalidRecord } from './errors.ts'
import type { ImportStep, LedgerNote, QuarantinedLine, SessionImport } from './importer.ts'
import { isJsonObject } from './json.ts'
import { type RecordLimits, recordText } from './record-text.ts'
import {
  checkArgument,
  importRunSchema,
  ledgerNoteSchema,
  newSessionSchema,
  sessionAddressSchema,
} from './schemas.ts'
import type { SessionAddress } from './session-ref.ts'

/** One step of an import, checked but for what only the session can tell. */
export type CheckedStep =
  | Extract<ImportStep, { readonly keep: unknown } | { readonly quarantine: unknown }>
  | { readonly live: CheckedEntry }
  | { readonly history: CheckedEntry }

/** An import with everything checked but its steps, which are checked as they come. */
export interface CheckedImport extends Omit<SessionImport, 'session' | 'alsoNote' | 'steps'> {
  readonly session: Required<SessionAddress>
  readonly alsoNote: readonly { readonly session: Required<SessionAddress>; readonly note: LedgerNote }[]
}

const isSource = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  (typeof Reflect.get(value, Symbol.asyncIterator) === 'function' ||
    typeof Reflect.get(value, Symbol.iterator) === 'function')

type Steps = SessionImport['steps']

const schema: z.ZodType<CheckedImport & { readonly steps: Steps }> = argument.members<
  CheckedImport & { readonly steps: Steps }
>({
  run: importRunSchema,
  session: sessionAddressSchema,
  about: newSessionSchema,
  expectedHead: z.string().nullable(),
  steps: z
    .custom<Steps>(
      (value) => value === null || isSource(value),
      'expected steps that can be iterated, or null',
    )
    .default(null),
  note: ledgerNoteSchema,
  alsoNote: z
    .array(
      argument.members<CheckedImport['alsoNote'][number]>({
        session: sessionAddressSchema,
        note: ledgerNoteSchema,
      }),
    )
    .default([]),
  confirm: argument.call<NonNullable<SessionImport['confirm']>>().exactOptional(),
  signal: argument.signal.exactOptional(),
})

const keepSchema: z.ZodType<{ readonly from: number; readonly to: number }> = argument
  .members<{ readonly from: number; readonly to: number }>({ from: argument.count(1), to: argument.count(1) })
  .refine(({ from, to }) => from <= to, 'ends before it begins')

const lineSchema: z.ZodType<QuarantinedLine> = argument.members<QuarantinedLine>({
  reason: z.string().refine((reason) => reason.isWellFormed(), 'has an unpaired surrogate'),
  line: argument.count(),
  offset: argument.count(),
  length: argument.count(),
  // The bytes may be a view of memory that their reader uses again.
  bytes: z
    .custom<Uint8Array>((value) => value instanceof Uint8Array, 'expected bytes, or null')
    .transform((bytes) => Uint8Array.from(bytes))
    .nullable(),
})

/** An import with everything checked but its steps. Fails with `InvalidArgument`. */
export function checkImport(plan: SessionImport): CheckedImport & { readonly steps: Steps } {
  return checkArgument(schema, plan, 'plan')
}

/** Checks the steps of an import as they come, each named by its place. Fails with `InvalidArgument` and `InvalidRecord`. */
export function stepCheck(limits: RecordLimits): (step: unknown) => CheckedStep {
  let count = 0
  return (step) => {
    const name = `plan.steps.${count++}`
    const [what, given] = onlyMember(step)
    if (what === 'live') return { live: checkImported(given, `${name}.live`, limits) }
    if (what === 'history') return { history: checkImported(given, `${name}.history`, limits) }
    if (what === 'keep') return { keep: checkArgument(keepSchema, given, `${name}.keep`) }
    if (what === 'quarantine') return { quarantine: checkArgument(lineSchema, given, `${name}.quarantine`) }
    throw new InvalidArgument(`${name}: expected one of keep, live, history and quarantine`)
  }
}

/** The name and the value of the only member that an object has; of anything else, nothing. */
function onlyMember(step: unknown): readonly [string?, unknown?] {
  let only: readonly [string?, unknown?] = []
  if (typeof step !== 'object' || step === null) return only
  for (const name in step) {
    const value: unknown = Reflect.get(step, name)
    if (value === undefined) continue
    if (only.length > 0) return []
    only = [name, value]
  }
  return only
}

function checkImported(given: unknown, name: string, limits: RecordLimits): CheckedEntry {
  if (typeof given !== 'object' || given === null) throw new InvalidArgument(`${name}: expected an object`)
  const provenance = provenanceText(Reflect.get(given, 'provenance'), `${name}.provenance`)
  return checkEntry(given, name, { writer: 'import', provenance }, limits)
}

/** The JSON text of where an entry was found, within a record's default limits. */
function provenanceText(provenance: unknown, name: string): string {
  if (!isJsonObject(provenance)) throw new InvalidArgument(`${name}: expected an object`)
  try {
    return recordText({ ...provenance })
  } catch (error) {
    if (!(error instanceof InvalidRecord)) throw error
    throw new InvalidArgument(`${name}: is ${error.reason}`)
  }
}
