import { z } from 'zod'

const count = z.number().int().min(0)
const verdict = z.enum([
  'identical',
  'imported',
  'kept',
  'extended',
  'merged',
  'ambiguous',
  'unreadable',
  'failed',
])

const choice = z.enum(['keep-canonical', 'adopt-legacy', 'legacy-first', 'branch', 'by-time'])
const address = z.strictObject({ namespace: z.string(), id: z.string() })

/** The documents as design and README promise them; unknown members are allowed. */
export const importDocument = z.object({
  importId: z.uuid().nullable(),
  dryRun: z.boolean(),
  sources: z.array(
    z.object({
      path: z.string(),
      format: z.string(),
      beside: z.array(z.strictObject({ kind: z.string(), files: count, hasMessages: z.boolean() })),
      problems: z.array(
        z.object({
          code: z.string(),
          kind: z.string().optional(),
          path: z.string(),
          line: z.number().int().min(1).optional(),
          offset: count.optional(),
          count: z.number().int().min(2).optional(),
          detail: z.string(),
          next: z.string().startsWith('faircopy ').nullable(),
        }),
      ),
    }),
  ),
  sessions: z.array(
    z
      .object({
        id: z.string(),
        verdict,
        action: z.enum(['created', 'extended', 'replaced', 'unchanged']),
        reason: z
          .enum([
            'several-orders',
            'no-evidence',
            'too-different',
            'several-files',
            'no-usable-entry',
            'partly-read',
            'failed',
          ])
          .optional(),
        entries: z.object({ canonical: count, legacy: count, merged: count.nullable(), added: count }),
        lines: z.object({
          total: count,
          imported: count,
          matched: count,
          withheld: count,
          metadata: count,
          blank: count,
          quarantined: count,
          tornTail: count,
        }),
        namespace: z.string(),
        stutter: count.optional(),
        undated: count.optional(),
        dated: count.optional(),
        facts: z.strictObject({ filled: z.array(z.string()), kept: z.array(z.string()) }).optional(),
        decided: choice.optional(),
        next: z.string().startsWith('faircopy ').optional(),
      })
      .refine(({ lines: { total, ...parts } }) => Object.values(parts).reduce((a, b) => a + b) === total, {
        message: 'the dispositions do not sum to the lines',
      }),
  ),
  totals: z.object({ sessions: count, byVerdict: z.partialRecord(verdict, count) }),
  times: z.strictObject({ undated: count, dated: count, next: z.string().nullable() }),
  facts: z.strictObject({ filled: count, kept: count }),
})
export type ImportDocument = z.infer<typeof importDocument>

export const errorDocument = z.strictObject({
  error: z.strictObject({
    code: z.string().regex(/^[A-Z_]+$/),
    outcome: z.enum(['not-stored', 'unknown']),
    message: z.string().min(1),
    advice: z.string().min(1),
  }),
})

export const entryLine = z.strictObject({
  session: z.string(),
  namespace: z.string().optional(),
  id: z.number().int().min(1).nullable(),
  seq: z.number().int().min(1),
  kind: z.string(),
  role: z.string().nullable(),
  at: z.number().int().nullable(),
  idempotencyKey: z.string().nullable(),
  writer: z.string().nullable(),
  provenance: z.looseObject({ witness: z.enum(['file', 'database', 'both']) }).nullable(),
  record: z.looseObject({}),
})
export type EntryLine = z.infer<typeof entryLine>

export const listDocument = z.strictObject({
  sessions: z.array(
    z.looseObject({ namespace: z.string(), id: z.string(), entryCount: count, head: z.string().length(64) }),
  ),
})

const openImport = {
  id: z.string(),
  at: count,
  sources: z.array(z.string()),
  host: z.string(),
  pid: count,
  next: z.string().startsWith('faircopy import '),
}

export const statusDocument = z.strictObject({
  running: z.array(z.strictObject({ ...openImport, state: z.literal('running') })),
  unfinished: z.array(z.strictObject({ ...openImport, state: z.enum(['unfinished', 'unknown']) })),
  path: z.string(),
  sessions: count,
  entries: count,
  imports: z.array(
    z.strictObject({
      id: z.string(),
      at: count,
      path: z.string().nullable(),
      format: z.string().nullable(),
      undone: z.boolean(),
      now: z.enum(['there', 'gone', 'empty', 'unreadable']).nullable(),
    }),
  ),
  undecided: z.array(
    z.strictObject({
      namespace: z.string(),
      id: z.string(),
      verdict: z.literal('ambiguous'),
      reason: z.string(),
      at: count,
      importId: z.string(),
      source: z.string().nullable(),
      next: z.string().startsWith('faircopy '),
    }),
  ),
  notImported: z.array(
    z.strictObject({
      namespace: z.string(),
      id: z.string(),
      at: count,
      importId: z.string(),
      source: z.string().nullable(),
      next: z.string().startsWith('faircopy import '),
    }),
  ),
  decided: z.array(
    z.strictObject({
      namespace: z.string(),
      id: z.string(),
      choice,
      note: z.string().nullable(),
      at: count,
      importId: z.string(),
      source: z.string().nullable(),
      branch: address.nullable(),
    }),
  ),
})

const side = z
  .strictObject({
    id: z.number().int().min(1).nullable(),
    seq: z.number().int().min(1).nullable(),
    line: z.number().int().min(1).nullable(),
    row: z.number().int().min(1).nullable(),
    kind: z.string(),
    role: z.string().nullable(),
    at: z.number().int().nullable(),
    naiveStamp: z.string().nullable(),
    record: z.looseObject({}),
  })
  .nullable()
const entryCounts = z.strictObject({
  canonical: count,
  legacy: count,
  merged: count.nullable(),
  added: count,
})
const lineCounts = z.record(z.string(), count)
const action = z.enum(['created', 'extended', 'replaced', 'unchanged'])

export const sidesDocument = z.strictObject({
  namespace: z.string(),
  id: z.string(),
  verdict: z.literal('ambiguous'),
  reason: z.string(),
  importId: z.string(),
  toldBy: z.array(z.enum(['database', 'file'])).min(1),
  choices: z.array(
    z.discriminatedUnion('possible', [
      z.strictObject({
        choice,
        possible: z.literal(true),
        next: z.string().startsWith('faircopy resolve '),
        verdict,
        action,
        entries: entryCounts,
        lines: lineCounts,
        branch: address.optional(),
      }),
      z.strictObject({ choice, possible: z.literal(false), obstacle: z.string() }),
    ]),
  ),
  rows: z.array(
    z.discriminatedUnion('as', [
      z.strictObject({ as: z.literal('common'), entries: count, last: side }),
      z.strictObject({
        as: z.literal('gap'),
        gap: z.number().int().min(1),
        contested: z.boolean(),
        canonical: side,
        legacy: side,
      }),
    ]),
  ),
})

export const decisionDocument = z.strictObject({
  namespace: z.string(),
  id: z.string(),
  choice,
  note: z.string().nullable(),
  importId: z.string(),
  verdict,
  action,
  entries: entryCounts,
  lines: lineCounts,
  head: z.string().length(64),
  branch: address.nullable(),
})

export const undoneDocument = z.strictObject({
  namespace: z.string(),
  id: z.string(),
  undone: choice,
  undid: z.string(),
  removed: count,
  head: z.string().length(64),
  branch: address.nullable(),
})

export const verifyDocument = z.strictObject({
  path: z.string(),
  sessions: count,
  entries: count,
  findings: z.array(z.looseObject({ code: z.string(), detail: z.string() })),
})

export const exportDocument = z.strictObject({
  format: z.enum(['jsonl', 'ndjson', 'markdown', 'hermes']),
  sessions: z.array(
    z.strictObject({
      namespace: z.string(),
      id: z.string(),
      entries: count,
      head: z.string(),
      path: z.string().nullable(),
    }),
  ),
})

export const historyDocument = z.strictObject({
  namespace: z.string(),
  id: z.string(),
  generations: z.array(
    z.strictObject({ generation: z.number().int().min(1), at: count, reason: z.string(), entryCount: count }),
  ),
  gone: z.array(
    z.strictObject({ generation: z.number().int().min(1), why: z.enum(['pruned', 'pruned-or-undone']) }),
  ),
  history: z.array(
    entryLine.extend({
      seq: z.null(),
      left: z.strictObject({
        why: z.enum(['original', 'withdrawn', 'repeat', 'superseded', 'replaced']),
        by: z.number().int().min(1).optional(),
        generation: z.number().int().min(1).optional(),
      }),
    }),
  ),
})

const counts = z.record(z.string(), count)
const facts = z.strictObject({
  backend: z.literal('sqlite'),
  schemaVersion: count,
  bytes: count,
  walBytes: count,
  waitingWrites: count,
  oldestWaitMs: count,
  freeBytes: count,
  fileMode: count,
  folderMode: count,
  hardLinks: count,
  sessions: count,
  endedSessions: count,
  deletedSessions: count,
  entries: count,
  historyEntries: count,
  stagedEntries: count,
  heldDeliveries: count,
})
export const reportDocument = z.strictObject({
  promise: z.string(),
  faircopy: z.string(),
  node: z.string(),
  sqlite: z.string(),
  platform: z.string(),
  file: z.strictObject({ bytes: count.nullable(), walBytes: count.nullable() }),
  failure: z.string().nullable(),
  store: z
    .strictObject({
      facts,
      sessions: count,
      ended: count,
      children: count,
      namespaces: count,
      entries: count,
      damaged: count,
      longest: count,
      byCodec: counts,
      imports: z.array(
        z.strictObject({
          day: z.iso.date(),
          format: z.string(),
          sessions: count,
          byVerdict: counts,
          lines: counts,
          problems: counts,
        }),
      ),
      attention: z.array(
        z.strictObject({
          session: z.string().regex(/^[0-9a-f]{12}$/),
          verdict: z.string(),
          reason: z.string().nullable(),
          entries: counts,
          lines: counts,
          findings: counts,
        }),
      ),
      quarantined: z.record(z.string(), z.strictObject({ lines: count, bytes: count })),
    })
    .nullable(),
})

export const searchDocument = z.strictObject({
  hits: z.array(entryLine),
  complete: z.boolean(),
  behind: count,
})

export const doctorDocument = z.strictObject({
  path: z.string(),
  facts: facts
    .extend({
      storeId: z.string(),
      path: z.string(),
      logHolders: z.array(z.strictObject({ pid: count, command: z.string().nullable() })).nullable(),
    })
    .nullable(),
  findings: z.array(
    z.strictObject({
      code: z.string().regex(/^[a-z]+(-[a-z]+)*$/),
      next: z.string().min(1).nullable(),
      detail: z.string().min(1),
      mend: z.string().min(1),
    }),
  ),
})

export const deletionDocument = z.strictObject({
  dryRun: z.boolean(),
  namespace: z.string(),
  id: z.string(),
  entries: count,
  head: z.string().length(64),
  awaitsImport: z.literal(true).optional(),
})

export const pruneDocument = z.strictObject({
  dryRun: z.boolean(),
  sessions: count,
  entries: count,
  bytes: count,
  held: count,
  awaiting: z.array(z.strictObject({ namespace: z.string(), id: z.string() })),
  freeBytes: count.nullable(),
})

export const redactionDocument = z.strictObject({
  roleless: z.array(z.number().int().min(1)).optional(),
  dryRun: z.boolean(),
  namespace: z.string(),
  id: z.string(),
  entries: z.array(z.number().int().min(1)),
  quarantined: count.nullable(),
  elsewhere: z.array(z.number().int().min(1)),
  freeBytes: count.nullable(),
})

export const compactDocument = z.strictObject({ path: z.string(), bytesBefore: count, bytesAfter: count })

export const backupDocument = z.strictObject({ path: z.string(), bytes: count, entries: count })

export const restoredStoreDocument = z.strictObject({
  path: z.string(),
  backup: z.string(),
  dryRun: z.boolean(),
  sessions: count,
  entries: count,
  bytes: count,
  aside: z.array(z.string()),
  manifest: z.string().nullable(),
})

export const undoneRestoreDocument = z.strictObject({
  path: z.string(),
  dryRun: z.boolean(),
  back: z.array(z.string()),
  aside: z.array(z.string()),
  manifest: z.string().nullable(),
})

export const proofDocument = z.object({
  path: z.string(),
  sessions: count,
  entries: count,
  findings: z.array(z.object({ code: z.string(), detail: z.string() })),
  against: z.array(
    z.object({
      path: z.string(),
      format: z.string(),
      proven: z.boolean(),
      missing: count,
      sessions: z.array(
        z.object({
          id: z.string(),
          namespace: z.string(),
          proven: z.boolean(),
          gone: z.boolean(),
          lines: z.record(z.string(), count),
          rows: z.object({ total: count, stored: count }),
          redacted: count,
          certificates: z.object({ proven: count, bygone: count }),
        }),
      ),
      findings: z.array(
        z.object({
          code: z.string(),
          session: z.string().optional(),
          namespace: z.string().optional(),
          path: z.string().optional(),
          line: z.number().int().min(1).optional(),
          row: z.number().int().optional(),
          entry: z.number().int().optional(),
          detail: z.string(),
          next: z
            .string()
            .regex(/^faircopy /)
            .nullable(),
        }),
      ),
    }),
  ),
})

const stays = z.array(
  z.strictObject({
    path: z.string(),
    code: z.string().regex(/^[a-z]+(-[a-z]+)*$/),
    detail: z.string().min(1),
    session: z.string().optional(),
    namespace: z.string().optional(),
    next: z.string().startsWith('faircopy ').nullable(),
  }),
)
const archivedFiles = z.array(
  z.strictObject({ path: z.string(), target: z.string(), bytes: count, sha256: z.string().length(64) }),
)
export const archiveDocument = z.strictObject({
  source: z.string(),
  to: z.string(),
  dryRun: z.boolean(),
  manifests: z.array(z.string()),
  moved: archivedFiles,
  stays,
  problems: z.array(
    z.strictObject({
      code: z.enum(['no-transcript', 'source-gone']),
      path: z.string(),
      detail: z.string().min(1),
      next: z.string().startsWith('faircopy ').nullable(),
    }),
  ),
})

export const restoreDocument = z.strictObject({
  manifest: z.string(),
  source: z.string(),
  dryRun: z.boolean(),
  restored: archivedFiles,
  stays,
})

export const undoDocument = z.strictObject({
  importId: z.string().min(1),
  undoId: z.uuid().nullable(),
  dryRun: z.boolean(),
  sessions: z.array(
    z.strictObject({
      id: z.string(),
      status: z.enum(['undone', 'already', 'refused', 'failed']),
      reason: z.enum(['rewritten', 'pruned', 'not-imported', 'deleted']).optional(),
      detail: z.string().optional(),
      entries: count.nullable(),
      removed: count,
      namespace: z.string(),
      next: z.string().optional(),
    }),
  ),
  totals: z.strictObject({
    sessions: count,
    undone: count,
    already: count,
    refused: count,
    failed: count,
    removed: count,
  }),
})
