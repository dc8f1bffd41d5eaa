import { z } from 'zod'
import type { AppenderScope, AppendOptions, OriginTarget } from './appender.ts'
import { argument, readMembers } from './argument.ts'
import type { ChangeOptions, WaitOptions } from './changes.ts'
import type { NewEntry } from './entry.ts'
import { InvalidArgument } from './errors.ts'
import type { ImportRun, ImportUndo, LedgerNote, LedgerQuery, QuarantineQuery } from './importer.ts'
import type { JsonObject } from './json.ts'
import { jsonObjectSchema } from './json-object.ts'
import type { Opening, OpenOptions, OpenTarget } from './opener.ts'
import type { Origin } from './origin.ts'
import { isPlainName } from './plain-name.ts'
import type { ListOptions, ListPageOptions, PageOptions, ReadOptions } from './reader.ts'
import type { RecordLimits } from './record-text.ts'
import type { BackupOptions, PrunePolicy } from './remover.ts'
import type { Fork, Replacement, RewriteOptions } from './rewriter.ts'
import type { NewSession, SessionPatch, WriteCondition } from './session.ts'
import { DEFAULT_NAMESPACE, type SessionAddress, type SessionRef } from './session-ref.ts'
import type { StorePolicy } from './store-policy.ts'
import type { VerifyOptions } from './verifier.ts'

const wellFormed = argument.name

/** {@link argument.members}, of a type that follows from the members. */
function members<const S extends z.core.$ZodLooseShape>(shape: S): z.ZodType<z.output<z.ZodObject<S>>> {
  return argument.members<object>(shape) as unknown as z.ZodType<z.output<z.ZodObject<S>>>
}

const freeText: z.ZodType<string> = z
  .string()
  .refine((text) => text.isWellFormed(), 'has an unpaired surrogate')
const place: z.ZodType<number> = z.number().int().min(1)
const { epochMs } = argument

/** What meta may have of JSON, in bytes: every listing reads it. */
const MAX_META_BYTES = 1024 * 1024
const jsonObject: z.ZodType<JsonObject> = jsonObjectSchema(MAX_META_BYTES)

/** One of several shapes. The members are read before it is known which. */
function oneOf<const S extends readonly [z.ZodType, ...z.ZodType[]]>(
  ...shapes: S
): z.ZodType<z.output<S[number]>> {
  const read = z.preprocess((value) => readMembers({}, value), z.union(shapes))
  return read as unknown as z.ZodType<z.output<S[number]>>
}

/** The name of a namespace. */
export const namespaceSchema: z.ZodType<string> = wellFormed('A namespace')

/** A session's address, spelled out: see {@link SessionRef}. What else an object has is its own: a session is one. */
export const sessionAddressSchema: z.ZodType<Required<SessionAddress>> = z.preprocess(
  (session) => {
    if (typeof session === 'string') return { namespace: DEFAULT_NAMESPACE, id: session }
    if (typeof session !== 'object' || session === null) return session
    const { namespace = DEFAULT_NAMESPACE, id } = session as Partial<SessionAddress>
    return { namespace, id }
  },
  z.object(
    { namespace: namespaceSchema, id: wellFormed('A session id') },
    'expected an id, or { namespace, id }',
  ),
)

const originParts = {
  account: wellFormed('An account').exactOptional(),
  chatType: wellFormed('A chat type').exactOptional(),
  chat: wellFormed('A chat id').exactOptional(),
  thread: wellFormed('A thread id').exactOptional(),
  user: wellFormed('A user id').exactOptional(),
  userAlt: wellFormed('A user id').exactOptional(),
}

/** See {@link Origin}. */
export const originSchema: z.ZodType<Origin> = members({
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

const parentOfNew = members({
  namespace: namespaceSchema.exactOptional(),
  id: wellFormed('A session id'),
  entry: z.number().int().min(1).nullable().exactOptional(),
  why: parentReason,
})
  .nullable()
  .exactOptional()

/** See {@link NewSession}. */
export const newSessionSchema: z.ZodType<NewSession> = members({
  ...factsAtBirth,
  parent: parentOfNew,
})

/** See {@link SessionPatch}. */
export const sessionPatchSchema: z.ZodType<SessionPatch> = members(facts)

const revision = z.number().int().min(0).exactOptional()

/** See {@link WriteCondition}. */
export const writeConditionSchema: z.ZodType<WriteCondition> = members({ expectedRevision: revision })

/** See {@link OriginTarget}. */
export const originTargetSchema: z.ZodType<OriginTarget> = members({
  namespace: namespaceSchema.exactOptional(),
  origin: originSchema,
  whenAbsent: oneOf(
    z.enum(['refuse', 'hold']),
    members({
      create: members({ ...factsAtBirth, parent: parentOfNew, id: wellFormed('A session id') }),
    }),
  ).exactOptional(),
})

/** A record, as text or as a value. It is checked by {@link recordText}, as text. */
export const recordSchema: z.ZodType<string | JsonObject> = z.custom<string | JsonObject>(
  (value) => typeof value === 'string' || (typeof value === 'object' && value !== null),
  'expected a JSON object, or the text of one',
)

/** See {@link NewEntry}. */
export const newEntrySchema: z.ZodType<NewEntry> = members({
  kind: wellFormed('A kind').exactOptional(),
  record: recordSchema,
  at: epochMs.nullable().exactOptional(),
  idempotencyKey: wellFormed('An idempotency key').exactOptional(),
  correlation: wellFormed('An idempotency key').exactOptional(),
})

/** See {@link Replacement}. Its entries are checked one by one. */
export const replacementSchema: z.ZodType<Replacement> = members({
  from: place,
  entries: z.array(newEntrySchema),
  dropDeliveries: z.array(place).exactOptional(),
})

/** See {@link RewriteOptions}. */
export const rewriteOptionsSchema: z.ZodType<RewriteOptions> = members({
  writer: wellFormed('A writer').exactOptional(),
  expectedRevision: revision,
  operationKey: wellFormed('An operation key').exactOptional(),
})

/** See {@link Fork}. */
export const forkSchema: z.ZodType<Fork> = members({
  ...factsAtBirth,
  id: wellFormed('A session id'),
  through: z.number().int().min(0).exactOptional(),
  why: parentReason.exactOptional(),
})

/** See {@link OpenTarget}. */
export const openTargetSchema: z.ZodType<OpenTarget> = members({
  namespace: namespaceSchema.exactOptional(),
  origins: z
    .tuple([originSchema], originSchema)
    .refine(
      (origins) => new Set(origins.map(({ platform }) => platform)).size === 1,
      'are of several platforms',
    ),
})

/** See {@link Opening}. Its entries are checked one by one. */
export const openingSchema: z.ZodType<Opening> = members({
  session: oneOf(
    members({
      create: members({ ...factsAtBirth, parent: parentOfNew, id: wellFormed('A session id') }),
    }),
    members({
      fork: members({
        ...factsAtBirth,
        id: wellFormed('A session id'),
        of: wellFormed('A session id'),
        through: z.number().int().min(0).exactOptional(),
        why: parentReason.exactOptional(),
      }),
    }),
    members({ reopen: wellFormed('A session id') }),
  ),
  end: members({
    session: wellFormed('A session id'),
    at: epochMs,
    reason: freeText.nullable(),
  }).exactOptional(),
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
export const openOptionsSchema: z.ZodType<OpenOptions> = members({
  writer: wellFormed('A writer').exactOptional(),
  expectedRevision: revision,
})

const appendOptions = {
  writer: wellFormed('A writer').exactOptional(),
  expectedRevision: revision,
  onConflict: z.enum(['refuse', 'first']).exactOptional(),
  create: newSessionSchema.exactOptional(),
}

/** See {@link AppendOptions}. */
export const appendOptionsSchema: z.ZodType<AppendOptions> = members(appendOptions)

/** {@link AppendOptions} of a narrow appender, which stamps its own writer. */
export const narrowAppendOptionsSchema: z.ZodType<AppendOptions> = members({
  ...appendOptions,
  writer: argument.any<string>().exactOptional(),
})

/** See {@link AppenderScope}. */
export const appenderScopeSchema: z.ZodType<AppenderScope> = members({
  writer: wellFormed('A writer'),
  kinds: z.array(wellFormed('A kind')).min(1),
})

/** See {@link ReadOptions}. */
export const readOptionsSchema: z.ZodType<ReadOptions> = members({
  from: place.exactOptional(),
  to: z.number().int().min(0).exactOptional(),
  direction: z.enum(['forward', 'backward']).exactOptional(),
})

const limit = z.number().int().min(1).max(1000).exactOptional()

/** See {@link PageOptions}. */
export const pageOptionsSchema: z.ZodType<PageOptions> = members({
  from: place.exactOptional(),
  to: z.number().int().min(0).exactOptional(),
  direction: z.enum(['forward', 'backward']).exactOptional(),
  limit,
  cursor: z.string().exactOptional(),
})

const listed = {
  namespace: namespaceSchema.exactOptional(),
  origin: members({ platform: wellFormed('A platform').exactOptional(), ...originParts }).exactOptional(),
  parent: sessionAddressSchema.exactOptional(),
  state: z.enum(['live', 'ended']).exactOptional(),
  activeSince: epochMs.exactOptional(),
  title: freeText.exactOptional(),
  order: z.enum(['address', 'recent']).exactOptional(),
}

/** See {@link ListOptions}. */
export const listOptionsSchema: z.ZodType<ListOptions> = members(listed)

/** See {@link ListPageOptions}. */
export const listPageOptionsSchema: z.ZodType<ListPageOptions> = members({
  ...listed,
  limit,
  cursor: z.string().exactOptional(),
})

/** Any part of a {@link StorePolicy}. */
export const storePolicySchema: z.ZodType<Partial<StorePolicy>> = members({
  heldPerOrigin: argument.count().exactOptional(),
  heldForMs: argument.ms.exactOptional(),
  undeleteForMs: argument.ms.exactOptional(),
})

/** Any part of {@link RecordLimits}. */
export const recordLimitsSchema: z.ZodType<Partial<RecordLimits>> = members({
  maxBytes: argument.count(1).exactOptional(),
  maxDepth: argument.count(1).exactOptional(),
})

/** See {@link ChangeOptions}. */
export const changeOptionsSchema: z.ZodType<ChangeOptions> = members({ limit })

/** See {@link WaitOptions}. */
export const waitOptionsSchema: z.ZodType<WaitOptions> = members({
  signal: argument.signal.exactOptional(),
  keepAlive: z.boolean().exactOptional(),
})

/** See {@link BackupOptions}. */
export const backupOptionsSchema: z.ZodType<BackupOptions> = members({
  compact: z.boolean().exactOptional(),
  signal: argument.signal.exactOptional(),
})

const ms = argument.ms.exactOptional()

interface Addressed {
  readonly session: Required<SessionAddress>
}

/** See {@link PrunePolicy}. */
export const prunePolicySchema: z.ZodType<
  PrunePolicy & { readonly hold?: readonly Required<SessionAddress>[] }
> = members({
  historyOlderThan: ms,
  endedOlderThan: ms,
  hold: z.array(sessionAddressSchema).exactOptional(),
  dryRun: z.boolean().exactOptional(),
})

export const importRunSchema: z.ZodType<ImportRun> = members({
  id: wellFormed('An import id'),
  at: epochMs,
  about: jsonObject,
})

/** What a note may have of JSON, in bytes: a certificate has some for each entry of a session. */
const MAX_NOTE_BYTES = 256 * 1024 * 1024
const noteJson = jsonObjectSchema(MAX_NOTE_BYTES)

export const ledgerNoteSchema: z.ZodType<LedgerNote> = members({
  key: freeText,
  verdict: freeText,
  reason: freeText.nullable(),
  report: noteJson,
  certificate: noteJson.nullable(),
})

/** See {@link ImportUndo}. */
const importUndoSchema: z.ZodType<CheckedUndo> = members({
  importId: wellFormed('An import id'),
  session: sessionAddressSchema,
  run: importRunSchema,
  text: freeText.exactOptional(),
})

/** The number of a generation, or the id of an entry. */
export const numberSchema: z.ZodType<number> = place

/** What a redaction removes. */
export const redactedTextSchema: z.ZodType<string> = z.string().min(1, 'is empty')

/** The text of a cursor, a note's key or a search: any. */
export const textSchema: z.ZodType<string> = z.string()

/** See {@link LedgerQuery}. */
export const ledgerQuerySchema: z.ZodType<LedgerQuery & Partial<Addressed>> = members({
  session: sessionAddressSchema.exactOptional(),
  importId: z.string().exactOptional(),
})

/** See {@link QuarantineQuery}. */
export const quarantineQuerySchema: z.ZodType<QuarantineQuery> = members({
  settled: z.boolean().exactOptional(),
})

/** See {@link VerifyOptions}. */
export const verifyOptionsSchema: z.ZodType<VerifyOptions & Partial<Addressed>> = members({
  session: sessionAddressSchema.exactOptional(),
  signal: argument.signal.exactOptional(),
  onProgress: argument.call<NonNullable<VerifyOptions['onProgress']>>().exactOptional(),
})

/** How a prune is made. */
export const pruneOptionsSchema: z.ZodType<{ readonly signal?: AbortSignal }> = members({
  signal: argument.signal.exactOptional(),
})

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

/** The checked address of a session: by hand where that decides, which is nearly always. Fails with `InvalidArgument`. */
export function checkSession(session: SessionRef): Required<SessionAddress> {
  return isPlainName(session)
    ? { namespace: DEFAULT_NAMESPACE, id: session }
    : checkArgument(sessionAddressSchema, session, 'session')
}

/** An import that shall be taken back, checked. */
export type CheckedUndo = ImportUndo & { readonly session: Required<SessionAddress> }

/** The checked arguments of an undo. Fails with `InvalidArgument`, also where it names itself. */
export function checkUndo(undo: ImportUndo): CheckedUndo {
  const checked = checkArgument(importUndoSchema, undo, 'undo')
  if (checked.importId === checked.run.id) throw new InvalidArgument('undo.run: an undo is a run of its own')
  return checked
}

/** Whether the target of an append is an origin. A session as it was read has one, and is an address. */
export function isOriginTarget(target: SessionRef | OriginTarget): target is OriginTarget {
  return typeof target === 'object' && target !== null && 'origin' in target && !('id' in target)
}
