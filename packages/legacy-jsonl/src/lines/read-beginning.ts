import type { FileHandle } from 'node:fs/promises'
import type { JsonObject, RecordLimits } from '@faircopy/store-core'
import { shapeOf } from './file-shape.ts'
import { type LineFault, parseLine } from './parse-line.ts'
import { readChunks } from './read-chunks.ts'
import { readLines } from './read-lines.ts'
import { severalRecords } from './several-records.ts'

const RECORDS = 10
const LIKELY_BYTES = 32 * 1024
/** A file of nothing but damage is given up on after so many lines. */
const LINES = 10_000

/** What a line may have and be a record all the same. */
const OVER_LIMITS: ReadonlySet<LineFault> = new Set(['too-long', 'too-deep'])

/** How a file begins. */
export interface Beginning {
  /** What it is if it has no lines with a record each: then nothing else is told of it. */
  readonly shape: string | null
  /** Its first records, at most 10; lines that are none are left out. */
  readonly records: readonly JsonObject[]
  /** How many lines were read for that, blank ones left out. */
  readonly lines: number
  /** How many of them are no JSON object. */
  readonly damaged: number
  /** The first of them that has NUL bytes. */
  readonly nulLine: number | null
}

/** Reads as little of a file as tells how it begins. */
export async function readBeginning(file: FileHandle, limits: RecordLimits): Promise<Beginning> {
  const head = Buffer.allocUnsafe(LIKELY_BYTES)
  const { bytesRead } = await file.read(head, 0, head.length, 0)
  const shape = shapeOf(head.subarray(0, bytesRead))
  const records: JsonObject[] = []
  const seen = { lines: 0, damaged: 0, nulLine: null as number | null }
  if (shape !== null) return { shape, records, ...seen }
  for await (const lines of readLines(readChunks(file, LIKELY_BYTES), limits.maxBytes)) {
    for (const line of lines) {
      const whole = parseLine(line, limits)
      if (whole.as !== 'blank') seen.lines++
      for (const part of (whole.as === 'fault' && severalRecords(line)) || [line]) {
        const parsed = part === line ? whole : parseLine(part, limits)
        if (parsed.as === 'record') records.push(parsed.record)
        else if (parsed.as === 'fault') {
          if (!OVER_LIMITS.has(parsed.fault)) seen.damaged++
          if (parsed.fault === 'nul-bytes') seen.nulLine ??= line.line
        }
        if (records.length === RECORDS) return { shape, records, ...seen }
      }
      if (line.line === LINES) return { shape, records, ...seen }
    }
  }
  return { shape, records, ...seen }
}
