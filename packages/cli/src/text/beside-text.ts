import { BESIDE_KINDS, type BesideCount } from '@faircopy/legacy-jsonl'
import type { Ink } from './ink.ts'
import { plural } from './plural.ts'

/** How many files lie beside the transcripts of a source, by their kinds: those that have messages, and the others. */
export function besideLines(ink: Ink, counts: readonly BesideCount[]): string[] {
  const lines = [
    line(counts, true, [
      'holds messages, as its name says, and was not read',
      'hold messages, as their names say, and were not read',
    ]),
    line(counts, false, ['is no transcript and was not read', 'are no transcript and were not read']),
  ]
  return lines.flatMap((text) => (text === null ? [] : [ink.dim(`  ${text}`)]))
}

/** Of the files that have messages, those that were not read. */
export function unreadBesideLines(ink: Ink, counts: readonly BesideCount[]): string[] {
  return besideLines(
    ink,
    counts.filter(({ kind }) => BESIDE_KINDS[kind].hasMessages),
  )
}

function line(
  counts: readonly BesideCount[],
  hasMessages: boolean,
  [one, many]: readonly [one: string, many: string],
): string | null {
  const own = counts.filter(({ kind }) => BESIDE_KINDS[kind].hasMessages === hasMessages)
  const files = own.reduce((sum, count) => sum + count.files, 0)
  if (files === 0) return null
  const kinds = own.map((count) =>
    plural(count.files, BESIDE_KINDS[count.kind].one, BESIDE_KINDS[count.kind].many),
  )
  return `${plural(files, 'file')} beside them ${files === 1 ? one : many}: ${kinds.join(', ')}`
}
