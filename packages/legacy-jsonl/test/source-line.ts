import type { LineEnd, SourceLine } from '@faircopy/legacy-jsonl'

/** A line as the reader would give it. */
export function sourceLine(text: string | Uint8Array, end: LineEnd = '\n'): SourceLine {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text
  return { line: 1, offset: 0, length: bytes.length, bytes, end }
}
