import type {
  AppenderScope,
  AppendOptions,
  HeldReceipt,
  OriginTarget,
  TranscriptAppender,
} from '../appender.ts'
import type { NewEntry } from '../entry.ts'
import { KindRefused } from '../errors.ts'
import type { Receipt } from '../receipt.ts'
import { appenderScopeSchema, checkArgument } from '../schemas.ts'
import type { SessionRef } from '../session-ref.ts'

/** An appender that stamps its writer and refuses other kinds, over one that may do anything. */
export function narrowAppender(store: TranscriptAppender, scope: AppenderScope): TranscriptAppender {
  const { writer, kinds } = checkArgument(appenderScopeSchema, scope, 'scope')
  const allowed = new Set(kinds)
  async function append(
    target: SessionRef | OriginTarget,
    entries: NewEntry | readonly NewEntry[],
    options?: AppendOptions,
  ): Promise<Receipt | HeldReceipt> {
    for (const { kind = 'message' } of [entries].flat()) {
      if (!allowed.has(kind)) throw new KindRefused(kind, [...allowed])
    }
    return store.append(target as OriginTarget, entries, { ...options, writer })
  }
  return { append: append as TranscriptAppender['append'] }
}
