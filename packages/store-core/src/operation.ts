import { hash } from 'node:crypto'
import type { Fork } from './rewriter.ts'

/** An entry of an operation, with its record's exact text. */
export interface OperationEntry {
  readonly kind: string
  readonly record: string
  readonly idempotencyKey: string | null
}

/**
 * What makes two replacements under one operation key the same call (S4): where it begins, what it says, which
 * deliveries it drops. As with an entry's key, neither `at` nor the writer counts: a retry may have read its clock again.
 *
 * @returns 64 hex digits.
 */
export function replaceDigest(
  from: number,
  entries: readonly OperationEntry[],
  dropDeliveries: readonly number[] = [],
): string {
  const listed = entries.map(({ kind, record, idempotencyKey }) => [kind, record, idempotencyKey])
  return hash('sha256', JSON.stringify(['replace', from, listed, dropDeliveries.toSorted((a, b) => a - b)]))
}

/**
 * What makes two forks under one operation key of a parent the same call (S4): the new session's id, where it begins and
 * why. Not the facts given about it, which may carry a clock.
 *
 * @returns 64 hex digits.
 */
export function forkDigest({ id, through, why }: Pick<Fork, 'id' | 'through' | 'why'>): string {
  return hash('sha256', JSON.stringify(['fork', id, through ?? null, why ?? 'fork']))
}
