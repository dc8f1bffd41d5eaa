import type { ImportUndo, LedgerNote, LedgerRecord } from './importer.ts'

/** The key of the note that says that a run was undone. */
export function undoKey(importId: string): string {
  return `undo ${importId}`
}

/** Whether a note says that a run was undone: such a note is no import's, and cannot be undone itself. */
export function isUndoNote({ key, verdict }: Pick<LedgerNote, 'key' | 'verdict'>): boolean {
  return verdict === 'undone' && key.startsWith('undo ')
}

/** The note of an undo (S9), in the place of the run's last one. */
export function undoNote(
  { importId, text }: Pick<ImportUndo, 'importId' | 'text'>,
  { key, verdict }: Pick<LedgerRecord, 'key' | 'verdict'>,
): LedgerNote {
  return {
    key: undoKey(importId),
    verdict: 'undone',
    reason: null,
    report: { undid: importId, key, verdict, ...(text !== undefined && { text }) },
    certificate: null,
  }
}
