/** How a line ended. `\r` alone only at the very end of a file that was cut between the two bytes of a CRLF. */
export type LineEnd = '\n' | '\r\n' | '\r' | ''

/** A line of a file, as bytes. */
export interface SourceLine {
  /** 1-based. */
  readonly line: number
  /** Byte offset of the line's first byte in the file. */
  readonly offset: number
  /** Length in bytes, the line end not counted. */
  readonly length: number
  /**
   * The bytes, the line end not counted; null where they are more than the limit. A view that holds until the next
   * batch is asked for: copy what is kept longer.
   */
  readonly bytes: Uint8Array | null
  readonly end: LineEnd
}

const LF = 0x0a
const CR = 0x0d
const BYTE_ORDER_MARK: readonly number[] = [0xef, 0xbb, 0xbf]

/**
 * Splits bytes into lines. A line ends at byte 0x0A and nowhere else; one 0x0D before it belongs to the line end. A
 * UTF-8 byte order mark at the start of the file belongs to no line: line 1 then stands at offset 3. The lines and
 * their ends, one after the other, are the file.
 *
 * Lines come in batches, those that a chunk completed at once. Memory: one chunk and one line of at most `maxBytes`;
 * a longer line is passed over and counted.
 *
 * @param chunks Each may be reused by its owner once the next one is asked for.
 * @param maxBytes Bytes that a line may have, its line end not counted.
 */
export async function* readLines(
  chunks: AsyncIterable<Uint8Array>,
  maxBytes: number,
): AsyncGenerator<readonly SourceLine[], void, undefined> {
  const pending = new PendingLine(maxBytes)
  let line = 0
  let offset = 0
  let head: Uint8Array | null = new Uint8Array(0)

  for await (let chunk of chunks) {
    let from = 0
    if (head !== null) {
      if (head.length > 0) chunk = Buffer.concat([head, chunk])
      if (mayBecomeByteOrderMark(chunk)) {
        head = new Uint8Array(chunk)
        continue
      }
      head = null
      if (BYTE_ORDER_MARK.every((byte, i) => chunk[i] === byte)) from = offset = BYTE_ORDER_MARK.length
    }
    const batch: SourceLine[] = []
    for (let at = chunk.indexOf(LF, from); at !== -1; at = chunk.indexOf(LF, from)) {
      const whole = pending.length === 0 ? null : pending.take(chunk.subarray(from, at))
      const size = whole === null ? at - from : whole.length
      const last = whole === null ? chunk[at - 1] : whole.lastByte
      const end: LineEnd = last === CR ? '\r\n' : '\n'
      const length = size - (end.length - 1)
      const bytes = whole === null ? chunk.subarray(from, from + length) : whole.bytes?.subarray(0, length)
      batch.push({ line: ++line, offset, length, bytes: length > maxBytes ? null : (bytes ?? null), end })
      offset += size + 1
      from = at + 1
    }
    pending.add(chunk.subarray(from))
    if (batch.length > 0) yield batch
  }

  if (head !== null) pending.add(head)
  if (pending.length > 0) {
    const whole = pending.take(new Uint8Array(0))
    const end: LineEnd = whole.lastByte === CR ? '\r' : ''
    const length = whole.length - end.length
    const bytes = length > maxBytes ? null : (whole.bytes?.subarray(0, length) ?? null)
    yield [{ line: ++line, offset, length, bytes, end }]
  }
}

/** Whether the file's first bytes are too few to tell if they are a byte order mark. */
function mayBecomeByteOrderMark(bytes: Uint8Array): boolean {
  return bytes.length < BYTE_ORDER_MARK.length && bytes.every((byte, i) => byte === BYTE_ORDER_MARK[i])
}

/** The beginning of a line whose end has not been seen. Holds no more than a line of the limit and its 0x0D. */
class PendingLine {
  readonly #maxHeld: number
  #pieces: Uint8Array[] | null = []
  #length = 0
  #lastByte = -1

  constructor(maxBytes: number) {
    this.#maxHeld = maxBytes + 1
  }

  get length(): number {
    return this.#length
  }

  add(piece: Uint8Array): void {
    if (piece.length === 0) return
    this.#length += piece.length
    this.#lastByte = piece[piece.length - 1] ?? -1
    if (this.#length > this.#maxHeld) this.#pieces = null
    else this.#pieces?.push(new Uint8Array(piece))
  }

  take(rest: Uint8Array): { length: number; lastByte: number; bytes: Uint8Array | null } {
    this.add(rest)
    const taken = {
      length: this.#length,
      lastByte: this.#lastByte,
      bytes: this.#pieces && Buffer.concat(this.#pieces, this.#length),
    }
    this.#pieces = []
    this.#length = 0
    return taken
  }
}
