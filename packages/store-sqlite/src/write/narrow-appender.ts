import {
  type AppenderScope,
  type AppendOptions,
  appenderScopeSchema,
  checkArgument,
  type HeldReceipt,
  KindRefused,
  type NewEntry,
  type OriginTarget,
  type Receipt,
  type SessionRef,
  type TranscriptAppender,
} from '@faircopy/store-core'
import type { PreparedAppend } from './append.ts'

/** The two steps of an append: what is checked without the store, and the write. */
export interface AppendSteps {
  readonly prepare: (
    target: SessionRef | OriginTarget,
    entries: NewEntry | readonly NewEntry[],
    options: AppendOptions,
  ) => PreparedAppend
  readonly submit: (prepared: PreparedAppend) => Promise<Receipt | HeldReceipt>
}

/** An appender that can write entries of some kinds as one writer, and nothing else. Its cost is that of an append. */
export function narrowAppender({ prepare, submit }: AppendSteps, scope: AppenderScope): TranscriptAppender {
  const { writer, kinds } = checkArgument(appenderScopeSchema, scope, 'scope')
  const allowed = new Set(kinds)
  const append = async (
    target: SessionRef | OriginTarget,
    entries: NewEntry | readonly NewEntry[],
    options: AppendOptions = {},
  ): Promise<Receipt | HeldReceipt> => {
    const prepared = prepare(target, entries, { ...options, writer })
    // Looked at as prepared: what the caller handed over may read differently a second time.
    const other = prepared.entries.find(({ kind }) => !allowed.has(kind))
    if (other) throw new KindRefused(other.kind, [...allowed])
    return submit(prepared)
  }
  return { append: append as TranscriptAppender['append'] }
}
