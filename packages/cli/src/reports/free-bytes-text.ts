import type { Context } from '../context/context.ts'
import { nextCommand, storeToName } from '../context/next-command.ts'
import { bytesText } from '../text/bytes-text.ts'

/** What a removal left free inside the file, and the command that gives it back to the disk; no line where that is nothing. */
export function freeBytesLines(context: Context, freeBytes: number | null): string[] {
  if (!freeBytes) return []
  const { ink } = context
  const compact = nextCommand('faircopy compact', { db: storeToName(context) })
  return [
    `  ${bytesText(freeBytes)} are free inside the file; ${ink.cyan(compact)} gives them back to the disk.`,
  ]
}
