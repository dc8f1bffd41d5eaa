import { endOfObject, skipSpace } from './json-prefix.ts'
import type { SourceLine } from './read-lines.ts'

const OPEN_OBJECT = 0x7b

/**
 * The parts of a line that holds several records, as one does where the line end between two writers was lost: a whole JSON
 * object, and behind it the beginning of another. Each whole object is a part, and so is what is left behind the last one.
 * Space between two belongs to the later one, so that the parts are the line, byte for byte; each has its own offset.
 *
 * Null for every other line. Nothing is held beside the line itself.
 */
export function severalRecords(line: SourceLine): Iterable<SourceLine> | null {
  const { bytes } = line
  if (bytes === null) return null
  const end = endOfObject(bytes, 0)
  return end !== null && bytes[skipSpace(bytes, end)] === OPEN_OBJECT ? partsOf(line, bytes) : null
}

function* partsOf(line: SourceLine, bytes: Uint8Array): Generator<SourceLine> {
  let from = 0
  while (from < bytes.length) {
    const end = endOfObject(bytes, from) ?? bytes.length
    const to = skipSpace(bytes, end) === bytes.length ? bytes.length : end
    yield { ...line, offset: line.offset + from, length: to - from, bytes: bytes.subarray(from, to) }
    from = to
  }
}
