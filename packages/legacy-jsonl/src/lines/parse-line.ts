import { isJsonObject, type JsonObject, type RecordLimits } from '@faircopy/store-core'
import { isJsonSpace, nearlyJson } from './json-prefix.ts'
import type { SourceLine } from './read-lines.ts'
import { scanRecord } from './scan-record.ts'
import { isCutInsideCharacter } from './utf8-tail.ts'

/** Why a line is no record. */
export type LineFault =
  /** The file's last line has no line end and is the beginning of a JSON object. */
  | 'torn-tail'
  | 'invalid-json'
  | 'invalid-utf8'
  | 'not-an-object'
  | 'several-values'
  | 'nul-bytes'
  | 'too-long'
  | 'too-deep'

/** What a line holds. */
export type ParsedLine =
  | {
      readonly as: 'record'
      /** The line's exact text. */
      readonly text: string
      readonly record: JsonObject
      /** Whether a member name stands twice in the record itself, not in what it contains. */
      readonly duplicateMember: boolean
    }
  | { readonly as: 'blank' }
  | { readonly as: 'fault'; readonly fault: LineFault }

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Reads a line as a record. Pure; every input has an answer, and nothing is thrown whatever the bytes. */
export function parseLine(line: SourceLine, limits: RecordLimits): ParsedLine {
  const { bytes } = line
  if (bytes === null) return { as: 'fault', fault: 'too-long' }
  if (bytes.every(isJsonSpace)) return { as: 'blank' }

  let text: string
  try {
    text = utf8.decode(bytes)
  } catch {
    return { as: 'fault', fault: faultOfBytes(line, bytes) }
  }
  const scan = scanRecord(text, limits.maxDepth)
  if (scan.depth > limits.maxDepth) return { as: 'fault', fault: 'too-deep' }
  let record: unknown
  try {
    record = JSON.parse(text)
  } catch {
    return { as: 'fault', fault: faultOfText(line, bytes) }
  }
  if (!isJsonObject(record)) return { as: 'fault', fault: 'not-an-object' }
  return { as: 'record', text, record, duplicateMember: scan.members !== Object.keys(record).length }
}

function faultOfBytes(line: SourceLine, bytes: Uint8Array): LineFault {
  if (bytes.includes(0)) return 'nul-bytes'
  if (isUnterminated(line) && isCutInsideCharacter(bytes) && nearlyJson(bytes) === 'prefix')
    return 'torn-tail'
  return 'invalid-utf8'
}

function faultOfText(line: SourceLine, bytes: Uint8Array): LineFault {
  if (bytes.includes(0)) return 'nul-bytes'
  const nearly = nearlyJson(bytes)
  if (nearly === 'several') return 'several-values'
  return nearly === 'prefix' && isUnterminated(line) ? 'torn-tail' : 'invalid-json'
}

function isUnterminated(line: SourceLine): boolean {
  return !line.end.endsWith('\n')
}
