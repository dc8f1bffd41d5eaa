import { InvalidArgument } from './errors.ts'

/** What a cursor of a session remembers: the generation it belongs to (S13) and where it goes on. */
export interface PagePosition {
  readonly generation: number
  /** The next place to be read. */
  readonly seq: number
  readonly direction: 'forward' | 'backward'
  /** The last place wanted, in the direction read; null for the end. */
  readonly until: number | null
}

/** Writes a cursor. Opaque to callers; its form may change with any version. */
export function encodeCursor(parts: readonly (string | number | null)[]): string {
  return encodeURIComponent(JSON.stringify(parts))
}

/** Reads what {@link encodeCursor} wrote. Fails with `InvalidArgument` for anything else. */
export function decodeCursor(cursor: string): readonly (string | number | null)[] {
  try {
    const parts: unknown = JSON.parse(decodeURIComponent(cursor))
    if (
      Array.isArray(parts) &&
      parts.every((part) => part === null || typeof part === 'string' || Number.isSafeInteger(part))
    ) {
      return parts
    }
  } catch (error) {
    throw new InvalidArgument('The cursor was not made by this store', error)
  }
  throw new InvalidArgument('The cursor was not made by this store')
}

/** A cursor for the next page of a session. */
export function encodePagePosition(position: PagePosition): string {
  return encodeCursor([position.generation, position.seq, position.direction, position.until])
}

/** The position that {@link encodePagePosition} wrote. Fails with `InvalidArgument`. */
export function decodePagePosition(cursor: string): PagePosition {
  const [generation, seq, direction, until, ...rest] = decodeCursor(cursor)
  if (
    typeof generation !== 'number' ||
    typeof seq !== 'number' ||
    (direction !== 'forward' && direction !== 'backward') ||
    !(until === null || typeof until === 'number') ||
    rest.length > 0
  ) {
    throw new InvalidArgument('The cursor is not one of a session')
  }
  return { generation, seq, direction, until }
}
