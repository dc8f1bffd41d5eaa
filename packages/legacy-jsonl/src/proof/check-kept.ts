import type { HistoryReader } from '@faircopy/store-core'
import { eachInTurn } from '@faircopy/store-core/backend'
import type { Note } from '../ledger/note.ts'
import { type CheckedHeads, entriesAt, type HeadPlace } from './check-heads.ts'
import type { ProvenSession, StoredEntry } from './proven-session.ts'
import type { SourceFinding } from './source-finding.ts'

type List = readonly StoredEntry[]

/** Of one head, so many lists are tried at most. */
const LISTS_TRIED = 8

/**
 * Checks the list that each import made, and asks neither its plan nor its certificates: what the session contained before
 * is in it, in the same order, or an entry that stands for it; and so is what the import brought, but for what the source
 * withdrew or repeated. What a person decided is left aside, and a list that was pruned or taken back since.
 *
 * Cost: two passes over each list that an import made, but for those that only go on from the one before.
 */
export async function checkKept(
  store: HistoryReader,
  known: ProvenSession,
  notes: readonly Note[],
  { places }: CheckedHeads,
): Promise<readonly SourceFinding[]> {
  const findings: SourceFinding[] = []
  const broughtBy = await entriesByImport(known)
  const listsOf = (head: string | null): AsyncIterable<List> =>
    listsAt(store, known, head === null ? [{ generation: 0, entries: 0 }] : (places.get(head) ?? []))
  // Once an import was undone, the list of before can be gone, and another of the same words have its head.
  const undone = notes.findLastIndex(({ as }) => as === 'undo')
  for (const { as, importId, headBefore, headAfter } of notes.slice(undone + 1)) {
    if (as !== 'import' || headAfter === null) continue
    const brought = broughtBy.get(importId) ?? []
    const isThere = ({ id, isLive }: StoredEntry): boolean => isLive || known.stoodFor.has(id)
    if (goesOn(places, headBefore, headAfter) && brought.every(isThere)) continue
    let least: readonly SourceFinding[] | null = null
    for await (const after of listsOf(headAfter)) {
      for await (const before of listsOf(headBefore)) {
        const found = await leftOut(importId, before, after, brought)
        if (!least || found.length < least.length) least = found
        if (least.length === 0) break
      }
      if (least?.length === 0) break
    }
    findings.push(...(least ?? []))
  }
  return findings
}

/** Whether the list with one head begins with the whole list that had the other. */
function goesOn(places: CheckedHeads['places'], before: string | null, after: string): boolean {
  if (before === null) return true
  const was = places.get(before) ?? []
  return (places.get(after) ?? []).some(({ generation, entries }) =>
    was.some((one) => one.entries === 0 || (one.generation === generation && one.entries <= entries)),
  )
}

/** What each import brought that is no original, and was neither withdrawn nor repeated in its source. */
async function entriesByImport({ byId }: ProvenSession): Promise<ReadonlyMap<string, List>> {
  const brought = new Map<string, StoredEntry[]>()
  await eachInTurn(byId.values(), (entry) => {
    const { provenance } = entry
    if (!provenance || provenance.standing !== undefined) return
    const own = brought.get(provenance.importId)
    if (own) own.push(entry)
    else brought.set(provenance.importId, [entry])
  })
  return brought
}

/** The lists that can have had a head, the newest first: of the same words, there can be several. */
async function* listsAt(
  store: HistoryReader,
  known: ProvenSession,
  places: readonly HeadPlace[],
): AsyncGenerator<List> {
  for (const place of places.slice(0, LISTS_TRIED)) {
    const list = await entriesAt(store, known, place)
    if (list) yield list
  }
}

async function leftOut(
  importId: string,
  before: List,
  after: List,
  brought: List,
): Promise<readonly SourceFinding[]> {
  const findings: SourceFinding[] = []
  const report = ({ id }: StoredEntry, detail: string): void => {
    findings.push({ code: 'left-out', entry: id, detail: `import ${importId} ${detail}` })
  }
  const places = new Map<number, number>()
  await eachInTurn(after, ({ id, provenance }, place) => {
    places.set(id, place)
    if (provenance?.supersedes !== undefined) places.set(provenance.supersedes, place)
  })
  let last = -1
  await eachInTurn(before, (entry) => {
    const place = places.get(entry.id)
    if (place === undefined) report(entry, 'left it out, and the session contained it before')
    else if (place < last) report(entry, 'put it before what it stood behind')
    else last = place
  })
  await eachInTurn(brought, (entry) => {
    if (!places.has(entry.id)) report(entry, 'brought it, and left it out of what the session contains')
  })
  return findings
}
