import { SOURCE_CODES, type SourceProblemCode } from '@faircopy/legacy-jsonl'
import { SOURCE_COMMANDS } from '../context/code-commands.ts'
import { ARCHIVE_CODES, type ReportMeaning, type StayCode } from '../reports/report-codes.ts'

/** What a code of a file that stays means, whichever package it is of. */
export function stayMeaning(code: StayCode): ReportMeaning {
  return isOwn(code) ? ARCHIVE_CODES[code] : { ...SOURCE_CODES[code], command: SOURCE_COMMANDS[code] }
}

function isOwn(code: StayCode): code is Exclude<StayCode, SourceProblemCode> {
  return code in ARCHIVE_CODES
}
