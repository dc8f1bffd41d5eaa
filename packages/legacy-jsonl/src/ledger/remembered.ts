import type { SessionAddress } from '@faircopy/store-core'
import type { TranscriptImporter } from '@faircopy/store-core/operator'
import { memoryOf, type Note } from './note.ts'
import type { ReadFile } from './session-report.ts'
import { notesOf } from './session-standing.ts'

/** How many lines and rows the import of a note read; blank lines aside. */
export function toldBy(note: Note): { readonly database: number; readonly file: number } {
  const { rows = 0, lines } = memoryOf(note).report
  return { database: rows, file: lines ? lines.total - lines.blank : 0 }
}

/** Whether an import read lines or rows of a session, by its notes: that of one that was undone is none. */
export function wasTold(notes: readonly Note[]): boolean {
  return notes.some((note) => Object.values(toldBy(note)).some((count) => count > 0))
}

/** Whether an import that was not undone told a store a session by a file. */
export async function wasToldByFile(
  session: Required<SessionAddress>,
  store: Pick<TranscriptImporter, 'ledger'>,
): Promise<boolean> {
  return (await notesOf(store, session)).some((note) => toldBy(note).file > 0)
}

/** The files that the ledger says told a session, in the order of their imports; those of undecided sessions too. */
export async function filesRemembered(
  session: Required<SessionAddress>,
  store: Pick<TranscriptImporter, 'ledger'>,
): Promise<readonly (ReadFile & Pick<Note, 'verdict'>)[]> {
  return (await notesOf(store, session)).flatMap((note) => {
    const { file } = memoryOf(note).report
    return file ? [{ ...file, verdict: note.verdict }] : []
  })
}
