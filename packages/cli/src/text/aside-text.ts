import type { ToldItem } from '@faircopy/legacy-jsonl'

/** What is said of a line that became no entry, or of a remark; null where nothing has to be. Never transcript text. */
export function asideText(item: Extract<ToldItem, { readonly as: 'aside' }>['item']): string | null {
  if (item.as === 'remark') return `${item.problem.code}: ${item.problem.detail}`
  if (item.as !== 'quarantined') return null
  const { line, offset, length, reason } = item.line
  return `line ${line} is no entry: ${reason}, ${length} bytes at offset ${offset}`
}
