import type { FileHandle } from 'node:fs/promises'
import type { JsonObject, RecordLimits } from '@faircopy/store-core'
import { parseLine } from './parse-line.ts'
import { readChunks } from './read-chunks.ts'
import { readLines } from './read-lines.ts'

const RECORDS = 10
const LIKELY_BYTES = 32 * 1024
/** A file of nothing but damage is given up on after so many lines. */
const LINES = 10_000

/** How a file begins. */
export interface Beginning {
  /** Its first records, at most 10; lines that are none are left out. */
  readonly records: readonly JsonObject[]
  /** Whether it has no line but blank ones. */
  readonly blank: boolean
}

/** Reads as little of a file as tells how it begins. */
export async function readBeginning(file: FileHandle, limits: RecordLimits): Promise<Beginning> {
  const records: JsonObject[] = []
  let blank = true
  for await (const lines of readLines(readChunks(file, LIKELY_BYTES), limits.maxBytes)) {
    for (const line of lines) {
      const parsed = parseLine(line, limits)
      if (parsed.as !== 'blank') blank = false
      if (parsed.as === 'record') records.push(parsed.record)
      if (records.length === RECORDS || line.line === LINES) return { records, blank }
    }
  }
  return { records, blank }
}
