import { combineRecords } from '@faircopy/reconcile'
import type { Entry, Provenance } from '@faircopy/store-core'
import type { ImportedEntry } from '@faircopy/store-core/operator'
import type { LegacyEntry, LegacyPlace } from '../source/legacy-entry.ts'

/** An entry of the store to be, and the originals that it stands for where it is more than any of them. */
export interface ComposedEntry {
  readonly entry: ImportedEntry
  readonly originals: readonly ImportedEntry[]
}

/** A legacy entry as it is. */
export function importedEntry(
  legacy: LegacyEntry,
  importId: string,
  standing?: NonNullable<Provenance['standing']>,
): ImportedEntry {
  const { place } = legacy
  return {
    kind: legacy.kind,
    record: legacy.record,
    at: legacy.at,
    provenance: {
      importId,
      witness: 'line' in place ? 'file' : 'database',
      ...placeMembers(place),
      ...(standing ? { standing } : {}),
    },
  }
}

/**
 * What both witnesses tell, as one: the file's text, with the members that only the row has added before its closing
 * brace, and the row's time. `certain`: no equally short merge pairs them otherwise; without that nothing is combined
 * and the file's line stands as it is.
 */
export function composePair(
  row: LegacyEntry,
  line: LegacyEntry,
  certain: boolean,
  importId: string,
): ComposedEntry {
  const { text, added, conflicts } = combineRecords(line.record, row.record)
  const combines = certain && added.length > 0
  const differs = added.length > 0 || conflicts.length > 0
  return {
    entry: {
      kind: line.kind,
      record: combines ? text : line.record,
      at: certain ? (row.at ?? line.at) : line.at,
      provenance: {
        importId,
        witness: 'both',
        ...placeMembers(line.place),
        ...(certain ? placeMembers(row.place) : {}),
        ...(combines ? { added } : {}),
        ...(certain && conflicts.length > 0 ? { conflicts } : {}),
      },
    },
    originals: [
      ...(differs ? [importedEntry(row, importId, 'original')] : []),
      ...(combines ? [importedEntry(line, importId, 'original')] : []),
    ],
  }
}

/** A stored entry that takes the members which the legacy side has and it lacks; it becomes history itself. */
export function composeOver(stored: Entry, told: ComposedEntry): ComposedEntry {
  const { entry } = told
  const fromFile = entry.provenance.line !== undefined
  const toldText = typeof entry.record === 'string' ? entry.record : JSON.stringify(entry.record)
  const { text, added, conflicts } = fromFile
    ? combineRecords(toldText, stored.record)
    : combineRecords(stored.record, toldText)
  return {
    entry: {
      kind: stored.kind === 'message' ? (entry.kind ?? 'message') : stored.kind,
      record: text,
      at: stored.at ?? entry.at ?? null,
      provenance: {
        ...entry.provenance,
        ...(added.length > 0 ? { added: [...(entry.provenance.added ?? []), ...added] } : {}),
        ...(conflicts.length > 0
          ? { conflicts: [...new Set([...(entry.provenance.conflicts ?? []), ...conflicts])] }
          : {}),
        supersedes: stored.id,
      },
    },
    originals: told.originals,
  }
}

/** A stored entry as it is, with the time that its line tells; it becomes history itself. */
export function composeTime(stored: Entry, { entry }: ComposedEntry): ComposedEntry {
  const { importId, line, offset } = entry.provenance
  return {
    entry: {
      kind: stored.kind,
      record: stored.record,
      at: entry.at ?? null,
      provenance: {
        ...(stored.provenance ?? entry.provenance),
        importId,
        ...(line === undefined ? {} : { line }),
        ...(offset === undefined ? {} : { offset }),
        supersedes: stored.id,
      },
    },
    originals: [],
  }
}

function placeMembers(place: LegacyPlace): Pick<Provenance, 'line' | 'offset' | 'row' | 'rowTime'> {
  if ('line' in place) return { line: place.line, offset: place.offset }
  return place.rowTime === null ? { row: place.row } : { row: place.row, rowTime: place.rowTime }
}
