import { z } from 'zod'
import type { AppenderScope, AppendOptions, OriginTarget } from './appender.ts'
import { argument } from './argument.ts'
import type { ChangeOptions, WaitOptions } from './changes.ts'
import type { NewEntry } from './entry.ts'
import { InvalidArgument } from './errors.ts'
import type { ImportRun, ImportUndo, LedgerNote, SessionImport } from './importer.ts'
import type { JsonObject } from './json.ts'
import { jsonObjectSchema } from './json-object.ts'
import type { Opening, OpenOptions, OpenTarget } from './opener.ts'
import type { Origin } from './origin.ts'
import type { ListPageOptions, PageOptions, ReadOptions } from './reader.ts'
import type { RecordLimits } from './record-text.ts'
import type { BackupOptions, PrunePolicy } from './remover.ts'
import type { Fork, Replacement, RewriteOptions } from './rewriter.ts'
import type { NewSession, SessionPatch, WriteCondition } from './session.ts'
import { type SessionAddress, type SessionRef, sessionAddress } from './session-ref.ts'
import type { StorePolicy } from './store-policy.ts'

const wellFormed = argument.name

const freeText: z.ZodType<string> = z
  .string()
  .refine((text) => text.isWellFormed(), 'has an unpaired surrogate')
const place: z.ZodType<number> = z.number().int().min(1)
const { epochMs } = argument

/** What meta may have of JSON, in bytes: every listing reads it. */
const MAX_META_BYTES = 1024 * 1024
const jsonObject: z.ZodType<JsonObject> = jsonObjectSchema(MAX_META_BYTES)

/** A session's address: see {@link SessionRef}. */
export const sessionAddressSchema: z.ZodType<Required<SessionAddress>> = z.object({
  namespace: wellFormed('A namespace'),
  id: wellFormed('A session id'),
})

const originParts = {
  account: wellFormed('An account').exactOptional(),
  chatType: wellFormed('A chat type').exactOptional(),
  chat: wellFormed('A chat id').exactOptional(),
  thread: wellFormed('A thread id').exactOptional(),
  user: wellFormed('A user id').exactOptional(),
  userAlt: wellFormed('A user id').exactOptional(),
}

/** See {@link Origin}. */
export const originSchema: z.ZodType<Origin> = z.strictObject({
  platform: wellFormed('A platform'),
  ...originParts,
})

const parentReason = z.enum(['fork', 'reset', 'compaction', 'subagent', 'divergence'])

const facts = {
  origin: originSchema.nullable().exactOptional(),
  title: freeText.nullable().exactOptional(),
  meta: jsonObject.exactOptional(),
  endedAt: epochMs.nullable().exactOptional(),
  endReason: freeText.nullable().exactOptional(),
}

const factsAtBirth = {
  ...facts,
  codec: wellFormed('A codec').exactOptional(),
  startedAt: epochMs.nullable().exactOptional(),
}

const parentOfNew = z
  .strictObject({
    namespace: wellFormed('A namespace').exactOptional(),
    id: wellFormed('A session id'),
    entry: z.number().int().min(1).nullable().exactOptional(),
    why: parentReason,
  })
  .nullable()
  .exactOptional()

/** See {@link NewSession}. */
export const newSessionSchema: z.ZodType<NewSession> = z.strictObject({
  ...factsAtBirth,
  parent: parentOfNew,
})

/** See {@link SessionPatch}. */
export const sessionPatchSchema: z.ZodType<SessionPatch> = z.strictObject(facts)

const revision = z.number().int().min(0).exactOptional()

/** See {@link WriteCondition}. */
export const writeConditionSchema: z.ZodType<WriteCondition> = z.strictObject({ expectedRevision: revision })

/** See {@link OriginTarget}. */
export const originTargetSchema: z.ZodType<OriginTarget> = z.strictObject({
  namespace: wellFormed('A namespace').exactOptional(),
  origin: originSchema,
  whenAbsent: z
    .union([
      z.enum(['refuse', 'hold']),
      z.strictObject({
        create: z.strictObject({ ...factsAtBirth, parent: parentOfNew, id: wellFormed('A session id') }),
      }),
    ])
    .exactOptional(),
})

/** A record, as text or as a value. It is checked by {@link recordText}, as text. */
export const recordSchema: z.ZodType<string | JsonObject> = z.custom<string | JsonObject>(
  (value) => typeof value === 'string' || (typeof value === 'object' && value !== null),
  'expected a JSON object, or the text of one',
)

/** See {@link NewEntry}. */
export const newEntrySchema: z.ZodType<NewEntry> = z.object({
  kind: wellFormed('A kind').exactOptional(),
  record: recordSchema,
  at: epochMs.nullable().exactOptional(),
  idempotencyKey: wellFormed('An idempotency key').exactOptional(),
  correlation: wellFormed('An idempotency key').exactOptional(),
})

/** See {@link Replacement}. Its entries are checked one by one. */
export const replacementSchema: z.ZodType<Replacement> = z.strictObject({
  from: place,
  entries: z.array(newEntrySchema),
  dropDeliveries: z.array(place).exactOptional(),
})

/** See {@link RewriteOptions}. */
export const rewriteOptionsSchema: z.ZodType<RewriteOptions> = z.strictObject({
  writer: wellFormed('A writer').exactOptional(),
  expectedRevision: revision,
  operationKey: wellFormed('An operation key').exactOptional(),
})

/** See {@link Fork}. */
export const forkSchema: z.ZodType<Fork> = z.strictObject({
  ...factsAtBirth,
  id: wellFormed('A session id'),
  through: z.number().int().min(0).exactOptional(),
  why: parentReason.exactOptional(),
})

/** See {@link OpenTarget}. */
export const openTargetSchema: z.ZodType<OpenTarget> = z.strictObject({
  namespace: wellFormed('A namespace').exactOptional(),
  origins: z
    .tuple([originSchema], originSchema)
    .refine(
      (origins) => new Set(origins.map(({ platform }) => platform)).size === 1,
      'are of several platforms',
    ),
})

/** See {@link Opening}. Its entries are checked one by one. */
export const openingSchema: z.ZodType<Opening> = z.strictObject({
  session: z.union([
    z.strictObject({
      create: z.strictObject({ ...factsAtBirth, parent: parentOfNew, id: wellFormed('A session id') }),
    }),
    z.strictObject({
      fork: z.strictObject({
        ...factsAtBirth,
        id: wellFormed('A session id'),
        of: wellFormed('A session id'),
        through: z.number().int().min(0).exactOptional(),
        why: parentReason.exactOptional(),
      }),
    }),
    z.strictObject({ reopen: wellFormed('A session id') }),
  ]),
  end: z
    .strictObject({ session: wellFormed('A session id'), at: epochMs, reason: freeText.nullable() })
    .exactOptional(),
  entries: z
    .array(
      newEntrySchema.refine(
        ({ kind, idempotencyKey }) => kind !== 'delivery' && idempotencyKey === undefined,
        'is a delivery or has a key',
      ),
    )
    .exactOptional(),
})

/** See {@link OpenOptions}. */
export const openOptionsSchema: z.ZodType<OpenOptions> = z.strictObject({
  writer: wellFormed('A writer').exactOptional(),
  expectedRevision: revision,
})

/** See {@link AppendOptions}. */
export const appendOptionsSchema: z.ZodType<AppendOptions> = z.strictObject({
  writer: wellFormed('A writer').exactOptional(),
  expectedRevision: revision,
  onConflict: z.enum(['refuse', 'first']).exactOptional(),
  create: newSessionSchema.exactOptional(),
})

/** See {@link AppenderScope}. */
export const appenderScopeSchema: z.ZodType<AppenderScope> = z.strictObject({
  writer: wellFormed('A writer'),
  kinds: z.array(wellFormed('A kind')).min(1),
})

/** See {@link ReadOptions}. */
export const readOptionsSchema: z.ZodType<ReadOptions> = z.strictObject({
  from: place.exactOptional(),
  to: z.number().int().min(0).exactOptional(),
  direction: z.enum(['forward', 'backward']).exactOptional(),
})

const limit = z.number().int().min(1).max(1000).exactOptional()

/** See {@link PageOptions}. */
export const pageOptionsSchema: z.ZodType<PageOptions> = z.strictObject({
  from: place.exactOptional(),
  to: z.number().int().min(0).exactOptional(),
  direction: z.enum(['forward', 'backward']).exactOptional(),
  limit,
  cursor: z.string().exactOptional(),
})

/** See {@link ListPageOptions}. */
export const listPageOptionsSchema: z.ZodType<ListPageOptions> = z.strictObject({
  namespace: wellFormed('A namespace').exactOptional(),
  origin: z
    .strictObject({ platform: wellFormed('A platform').exactOptional(), ...originParts })
    .exactOptional(),
  parent: z
    .union([
      wellFormed('A session id'),
      z.object({
        namespace: wellFormed('A namespace').exactOptional(),
        id: wellFormed('A session id'),
      }),
    ])
    .exactOptional(),
  state: z.enum(['live', 'ended']).exactOptional(),
  activeSince: epochMs.exactOptional(),
  title: freeText.exactOptional(),
  order: z.enum(['address', 'recent']).exactOptional(),
  limit,
  cursor: z.string().exactOptional(),
})

/** Any part of a {@link StorePolicy}. */
export const storePolicySchema: z.ZodType<Partial<StorePolicy>> = z.strictObject({
  heldPerOrigin: argument.count().exactOptional(),
  heldForMs: argument.ms.exactOptional(),
  undeleteForMs: argument.ms.exactOptional(),
})

/** Any part of {@link RecordLimits}. */
export const recordLimitsSchema: z.ZodType<Partial<RecordLimits>> = z.strictObject({
  maxBytes: argument.count(1).exactOptional(),
  maxDepth: argument.count(1).exactOptional(),
})

/** See {@link ChangeOptions}. */
export const changeOptionsSchema: z.ZodType<ChangeOptions> = z.strictObject({ limit })

/** See {@link WaitOptions}. */
export const waitOptionsSchema: z.ZodType<WaitOptions> = z.strictObject({
  signal: z.custom<AbortSignal>((value) => value instanceof AbortSignal, 'is no AbortSignal').exactOptional(),
  keepAlive: z.boolean().exactOptional(),
})

/** See {@link BackupOptions}. */
export const backupOptionsSchema: z.ZodType<BackupOptions> = z.strictObject({
  compact: z.boolean().exactOptional(),
  signal: z.custom<AbortSignal>((value) => value instanceof AbortSignal, 'is no AbortSignal').exactOptional(),
})

const ms = argument.ms.exactOptional()

/** See {@link PrunePolicy}. Who is held is checked with {@link checkSession}. */
export const prunePolicySchema: z.ZodType<PrunePolicy> = z.strictObject({
  historyOlderThan: ms,
  endedOlderThan: ms,
  hold: z.array(z.custom<SessionRef>((value) => value !== undefined)).exactOptional(),
  dryRun: z.boolean().exactOptional(),
})

const importRunSchema: z.ZodType<ImportRun> = z.object({
  id: wellFormed('An import id'),
  at: epochMs,
  about: jsonObject,
})

/** What a note may have of JSON, in bytes: a certificate has some for each entry of a session. */
const MAX_NOTE_BYTES = 256 * 1024 * 1024
const noteJson = jsonObjectSchema(MAX_NOTE_BYTES)

const ledgerNoteSchema: z.ZodType<LedgerNote> = z.object({
  key: freeText,
  verdict: freeText,
  reason: freeText.nullable(),
  report: noteJson,
  certificate: noteJson.nullable(),
})

/** See {@link ImportUndo}. Its session is checked with {@link checkSession}. */
const importUndoSchema: z.ZodType<Omit<ImportUndo, 'session'>> = z.object({
  importId: wellFormed('An import id'),
  run: importRunSchema,
  text: freeText.exactOptional(),
})

/** The number of a generation. */
export const generationSchema: z.ZodType<number> = place

/** The arguments of a redaction. */
export const redactionSchema: z.ZodType<{ readonly entryId: number; readonly text: string }> = z.strictObject(
  {
    entryId: place,
    text: z.string().min(1, 'is empty'),
  },
)

/** Checks an argument and gives it back, or fails with an `InvalidArgument` that names the member and never its value. */
export function checkArgument<T>(schema: z.ZodType<T>, value: unknown, name: string): T {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const issue = tellingIssue(result.error.issues)
  const path = [name, ...(issue?.path ?? [])].join('.')
  throw new InvalidArgument(`${path}: ${issue?.message ?? 'has the wrong shape'}`)
}

/**
 * The issue that names most: a member that is misspelt before the one that is missing for it, and of several things
 * that a value might be, the one that it comes nearest to.
 */
function tellingIssue(issues: readonly z.core.$ZodIssue[]): z.core.$ZodIssue | undefined {
  const issue = issues.find(isMisspelling) ?? issues[0]
  if (issue?.code !== 'invalid_union') return issue
  const nearest = issue.errors
    .flatMap((of) => tellingIssue(of) ?? [])
    .reduce<z.core.$ZodIssue | undefined>(
      (best, one) => (best && !isNearer(one, best) ? best : one),
      undefined,
    )
  return nearest && { ...nearest, path: [...issue.path, ...nearest.path] }
}

function isNearer(one: z.core.$ZodIssue, other: z.core.$ZodIssue): boolean {
  const further = one.path.length - other.path.length
  return further > 0 || (further === 0 && isMisspelling(one) && !isMisspelling(other))
}

function isMisspelling({ code }: z.core.$ZodIssue): boolean {
  return code === 'unrecognized_keys'
}

/** The checked address of a session. Fails with `InvalidArgument`. */
export function checkSession(session: SessionRef): Required<SessionAddress> {
  const ref: unknown = session
  if (typeof ref !== 'string' && (typeof ref !== 'object' || ref === null)) {
    throw new InvalidArgument('session: expected an id, or { namespace, id }')
  }
  return checkArgument(sessionAddressSchema, sessionAddress(session), 'session')
}

/** An import with everything checked but its steps. Fails with `InvalidArgument`. */
export function checkImport(
  plan: SessionImport,
): SessionImport & { readonly session: Required<SessionAddress> } {
  const { alsoNote = [] } = plan
  return {
    ...plan,
    session: checkSession(plan.session),
    run: checkArgument(importRunSchema, plan.run, 'plan.run'),
    about: checkArgument(newSessionSchema, plan.about, 'plan.about'),
    note: checkArgument(ledgerNoteSchema, plan.note, 'plan.note'),
    alsoNote: alsoNote.map(({ session, note }) => ({
      session: checkSession(session),
      note: checkArgument(ledgerNoteSchema, note, 'plan.alsoNote'),
    })),
  }
}

/** The checked arguments of an undo, but for its session. Fails with `InvalidArgument`, also where it names itself. */
export function checkUndo(undo: ImportUndo): Omit<ImportUndo, 'session'> {
  const checked = checkArgument(importUndoSchema, undo, 'undo')
  if (checked.importId === checked.run.id) throw new InvalidArgument('undo.run: an undo is a run of its own')
  return checked
}

/** Whether the target of an append is an origin. A session as it was read has one, and is an address. */
export function isOriginTarget(target: SessionRef | OriginTarget): target is OriginTarget {
  return typeof target === 'object' && target !== null && 'origin' in target && !('id' in target)
}
