import { type InSteps, STRIDE } from '../terms/in-steps.ts'
import { areOne, type Side } from './side.ts'

const HALF_A_SECOND_MS = 500

/**
 * What is wrong with the repeats of a stutter; `undefined` where nothing is. Each stretch of repeats must be copies of
 * the block that stands right before it, block and copies stamped within half a second, and blocks of at least two
 * different texts must repeat. That the rows without them are the other witness is for the merge to show.
 */
export function* repeatsFault(rows: Side, repeats: ReadonlySet<number>): InSteps<string | undefined> {
  const blocks: (readonly string[])[] = []
  const isRepeat = (row: number) => repeats.has(rows.at[row] as number)
  let looked = 0
  for (let row = 0; row < rows.at.length; ) {
    if (looked++ % STRIDE === 0) yield
    if (!isRepeat(row)) {
      row++
      continue
    }
    let end = row
    while (end < rows.at.length && isRepeat(end)) end++
    const texts = yield* blocksBefore(rows, row, end, isRepeat)
    if (texts.length === 0)
      return `canonical ${rows.at[row]} and what follows are no copies of what stands before`
    blocks.push(texts)
    row = end
  }
  const texts = new Set(blocks.flat())
  return blocks.length < 2 || texts.size < 2 ? 'blocks of only one text repeat' : undefined
}

/** The texts that a block can have whose copies are exactly the rows from `begin` to `end`. */
function* blocksBefore(
  rows: Side,
  begin: number,
  end: number,
  isRepeat: (row: number) => boolean,
): InSteps<string[]> {
  const texts: string[] = []
  for (let length = 1; length <= begin && length <= end - begin && !isRepeat(begin - length); length++) {
    yield
    if ((end - begin) % length !== 0 || !isBurst(rows, begin - length, end)) continue
    let at = begin
    while (at < end && rows.texts[at] === rows.texts[at - length] && areOne(rows, at, rows, at - length)) at++
    if (at === end) texts.push(rows.texts.subarray(begin - length, begin).join(' '))
  }
  return texts
}

function isBurst(rows: Side, begin: number, end: number): boolean {
  let earliest = Number.POSITIVE_INFINITY
  let latest = Number.NEGATIVE_INFINITY
  for (let row = begin; row < end; row++) {
    const stamp = rows.entries[row]?.stamp ?? Number.NaN
    earliest = Math.min(earliest, stamp)
    latest = Math.max(latest, stamp)
  }
  return latest - earliest <= HALF_A_SECOND_MS
}
