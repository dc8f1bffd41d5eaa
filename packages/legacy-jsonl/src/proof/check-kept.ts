import type { HistoryReader } from '@faircopy/store-core'
import { eachInTurn } from '@faircopy/store-core/backend'
import type { Note } from '../ledger/note.ts'
import { type CheckedHeads, entriesAt, type HeadPlace } from './check-heads.ts'
import type { ProvenSession, StoredEntry } from './proven-session.ts'
import type { SourceFinding } from './source-finding.ts'

type List = readonly StoredEntry[]

/**
 * Checks the list that each import made, and asks neither its plan nor its certificates: what the session contained before
 * is in it, in the same order, or an entry that stands for it; and so is what the import brought, but for what the source
 * withdrew or repeated. What a person decided is left aside, and a list that was pruned or taken back since.
 */
export async function checkKept(
  store: HistoryReader,
  known: ProvenSession,
  notes: readonly Note[],
  { places }: CheckedHeads,
): Promise<readonly SourceFinding[]> {
  const findings: SourceFinding[] = []
  for (const [i, { as, importId, headBefore, headAfter }] of notes.entries()) {
    if (as !== 'import' || headAfter === null) continue
    // Once an import was undone since, the list of then can be gone, and another of the same words have its head.
    if (notes.slice(i).some((later) => later.as === 'undo')) continue
    const lists = (head: string): Promise<List[]> => listsAt(store, known, places.get(head) ?? [])
    const before = headBefore === null ? [[]] : await lists(headBefore)
    const brought = [...known.byId.values()].filter(
      ({ provenance }) => provenance?.importId === importId && provenance.standing === undefined,
    )
    let least: readonly SourceFinding[] | null = null
    for (const after of await lists(headAfter))
      for (const list of before) {
        const found = await leftOut(importId, list, after, brought)
        if (!least || found.length < least.length) least = found
      }
    findings.push(...(least ?? []))
  }
  return findings
}

/** The lists that can have had a head: of the same words, there can be several. */
async function listsAt(
  store: HistoryReader,
  known: ProvenSession,
  places: readonly HeadPlace[],
): Promise<List[]> {
  const lists: List[] = []
  for (const place of places) {
    const list = await entriesAt(store, known, place)
    if (list) lists.push(list)
  }
  return lists
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
