import { SOURCE_CODES, type SourceProblemCode } from '@faircopy/legacy-jsonl'
import type { CodeMeaning } from '@faircopy/store-core'
import { ARCHIVE_CODES, type StayCode } from '../report-codes.ts'

/** What a code of a file that stays means, whichever package it is of. */
export function stayMeaning(code: StayCode): CodeMeaning {
  return isOwn(code) ? ARCHIVE_CODES[code] : SOURCE_CODES[code]
}

function isOwn(code: StayCode): code is Exclude<StayCode, SourceProblemCode> {
  return code in ARCHIVE_CODES
}
