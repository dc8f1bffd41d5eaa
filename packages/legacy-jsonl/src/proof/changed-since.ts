import { isWord, type Note } from '../ledger/note.ts'
import { standingOf } from '../ledger/session-standing.ts'
import type { LegacySession } from '../source/legacy-source.ts'
import { checkBranches } from './check-branch.ts'
import { checkBytes, readStoredBytes } from './check-bytes.ts'
import { checkTold, countRedacted } from './check-told.ts'
import { linesOf } from './count-told-lines.ts'
import { awayBy, decidedOf, movedBy, never } from './decided-before.ts'
import { placeOf, placeTold } from './place-told.ts'
import type { ProvenSession } from './proven-session.ts'
import type { ProvenWitness } from './proven-witness.ts'
import type { ProvingStore } from './proving-store.ts'
import { NOTHING, type Outcome, type Sides } from './session-outcome.ts'
import type { SourceFinding } from './source-finding.ts'

/** What a proof works with. */
export interface Proving {
  readonly store: ProvingStore
  readonly report: (found: readonly SourceFinding[]) => void
  readonly signal: AbortSignal | undefined
}

/** No note of exactly these witnesses: what of them stands in the store says whether they grew or were changed. */
export async function changedSince(
  session: LegacySession,
  { database, file }: Sides,
  known: ProvenSession,
  notes: readonly Note[],
  { store, report, signal }: Proving,
): Promise<Outcome> {
  const note = notes.findLast(isWord)
  if (!note) {
    report([
      standingOf(notes).as === 'indexed'
        ? { code: 'not-imported-yet', detail: 'the store knows of it, and not yet what it says' }
        : { code: 'never-imported', detail: 'the store has a session of its name, and no import of it' },
    ])
    return NOTHING
  }
  const decided = decidedOf(notes)
  let rows = { total: database?.told.length ?? 0, stored: 0 }
  let lines = await linesOf(file, null, new Set(), new Set())
  let withheld = 0
  let redacted = 0
  for (const [kind, witness] of [
    ['database', database],
    ['file', file],
  ] as const) {
    const path = session[kind]?.path
    if (!witness || path === undefined) continue
    const checked = await checkTold(known, {
      kind,
      path,
      witness,
      isOwn: () => false,
      isContested: () => true,
      mayBeMissing: awayBy(decided)[kind],
      mayBeMoved: kind === 'database' ? movedBy(decided) : never,
    })
    redacted += countRedacted(checked)
    const stands = (position: number): boolean =>
      checked.places.stored[position] !== null ||
      checked.places.absorbed.has(position) ||
      checked.withheld.has(position)
    const branched = { kind, path, witness, checked, isSame: () => false }
    const ofBranch = await checkBranches(store, decided, branched, signal)
    // An edited line is not the branch's any more: whether it is, is asked of a source that is as it was.
    report(ofBranch.filter(({ line, row }) => line === undefined && row === undefined))
    const isBad = new Set([...checked.findings, ...ofBranch].map(({ line, row }) => `${line} ${row}`))
    const holds = witness.told.map(
      ({ line, row }, position) => stands(position) && !isBad.has(`${line} ${row}`),
    )
    const standing = holds.filter(Boolean).length
    const through = holds.indexOf(false)
    const grown = through === -1 || !holds.slice(through).includes(true)
    if (kind === 'database') rows = { total: witness.told.length, stored: standing }
    else {
      lines = await linesOf(file, checked, checked.withheld, new Set(notes.map(({ importId }) => importId)))
      withheld = decided?.branch ? decided.withheld : checked.withheld.size
    }
    const first = witness.told[through]
    const taken = takenBeyond(known, kind, witness)
    const where = kind === 'file' ? 'line' : 'row'
    const number = kind === 'file' ? first?.line : first?.row
    if (through === -1 && taken === 0) {
      if (kind === 'file') {
        const stored = await readStoredBytes(store, [known])
        const mayBeAway = (position: number | null): boolean =>
          position !== null && awayBy(decided).file(position)
        report(await checkBytes(stored, { path, witness }, checked, 'source-grown', mayBeAway))
      }
      continue
    }
    if (grown && taken === 0) {
      const more = witness.told.length - standing
      report([
        {
          code: 'source-grown',
          path,
          ...(number === undefined ? {} : { [where]: number }),
          detail: `it has ${more} more ${where}${more === 1 ? '' : 's'} than were imported; what it had then is proven`,
        },
      ])
    } else
      report([
        {
          code: 'source-changed',
          path,
          ...(number === undefined ? {} : { [where]: number }),
          detail: `${standing} of ${witness.told.length} ${where}s stand in the store, ${taken} that were imported it does not have any more`,
        },
      ])
  }
  const basis = { known, note, decided, withheld }
  return { lines, rows, redacted, certificates: { proven: 0, bygone: 0 }, basis }
}

/** Entries that were taken from places which the witness does not have any more. */
function takenBeyond(known: ProvenSession, kind: 'file' | 'database', { told }: ProvenWitness): number {
  const places = new Set(told.map(placeTold))
  return known.live.filter((stored) => {
    const place = placeOf(stored, kind)
    return place !== undefined && !places.has(place)
  }).length
}
