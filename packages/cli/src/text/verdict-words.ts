import type { SessionReason, SessionReport } from '@faircopy/legacy-jsonl'
import type { InkName } from './ink.ts'

type Verdict = SessionReport['verdict']

/** The verdicts in the order in which they are listed: what is settled first. */
export const VERDICTS: readonly Verdict[] = [
  'identical',
  'imported',
  'kept',
  'extended',
  'merged',
  'ambiguous',
  'unreadable',
  'failed',
]

/** What a verdict says, for people who read the word for the first time. */
export const VERDICT_WORDS: { readonly [V in Verdict]: string } = {
  identical: 'both sides say the same',
  imported: 'only a file has it',
  kept: 'nothing of the file is new to the canonical side',
  extended: 'the file alone adds, or goes on at the end',
  merged: 'each side has what the other lacks, in one order',
  ambiguous: 'order not known: nothing of the file is written',
  unreadable: 'no usable entry: nothing is written',
  failed: 'could not be imported: nothing of it was written',
}

/** How a verdict is inked. */
export const VERDICT_INKS: { readonly [V in Verdict]: InkName } = {
  identical: 'green',
  imported: 'green',
  kept: 'green',
  extended: 'green',
  merged: 'green',
  ambiguous: 'yellow',
  unreadable: 'red',
  failed: 'red',
}

/** Why a session was not brought over whole. */
export const REASON_WORDS: { readonly [R in SessionReason]: string } = {
  'several-orders': 'each side has messages of its own at the same place: several orders are possible',
  'no-evidence': 'nothing proves that both sides tell the same conversation',
  'too-different': 'the two sides differ too much to be compared within the budget',
  'several-files': 'several files tell it differently, and nothing of them is written',
  'no-usable-entry': 'no line and no row of it is a usable entry',
  'partly-read': 'a part of its source is there and could not be read',
  failed: 'it could not be imported, and its problem says why',
}
