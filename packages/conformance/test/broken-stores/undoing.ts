import type { ImportUndo, UndoReceipt } from '@faircopy/store-core/operator'
import type { FileStore, ModelFile } from '../file-subject.ts'
import { type BrokenStore, broken } from './broken-store.ts'

type Sessions = ModelFile['place']['state']['sessions']

/** A store that undoes, and then changes the state that this came to. */
function afterUndo(
  does: string,
  change: (before: ModelFile['place']['state'], place: ModelFile['place']) => void,
): BrokenStore {
  return broken(does, (store, { place }) => ({
    undoImport: async (undo) => {
      const before = place.state
      const receipt = await store.undoImport(undo)
      if (receipt.status === 'undone') change(before, place)
      return receipt
    },
  }))
}

/** The sessions with something of each taken from how it was before. */
function restored(before: Sessions, after: Sessions, names: readonly (keyof Sessions[number])[]): Sessions {
  return after.map((one, i) => {
    const old = before[i] ?? one
    return { ...one, ...Object.fromEntries(names.map((name) => [name, old[name]])) }
  })
}

async function asIfUndone(store: FileStore, undo: ImportUndo): Promise<UndoReceipt> {
  return { status: 'undone', session: await store.get(undo.session), removed: 0 }
}

/** Stores that take imports back wrongly, or not. */
export const undoing: readonly BrokenStore[] = [
  broken('says that it undid, and did not', (store) => ({ undoImport: (undo) => asIfUndone(store, undo) })),
  broken('says that it undid what it must leave', (store) => ({
    undoImport: async (undo) => {
      const receipt = await store.undoImport(undo)
      return receipt.status === 'refused' ? asIfUndone(store, undo) : receipt
    },
  })),
  afterUndo('frees the keys of all imports at the undo of one', (_, place) => {
    const sessions = place.state.sessions.map((one) => ({
      ...one,
      keys: new Map(
        [...one.keys].filter(([, { id }]) => one.entries.get(id)?.provenance?.importId === undefined),
      ),
    }))
    place.state = { ...place.state, sessions }
  }),
  broken('undoes the same again', (store) => ({
    undoImport: async (undo) => {
      const receipt = await store.undoImport(undo)
      return receipt.status === 'already' ? { ...receipt, status: 'undone' } : receipt
    },
  })),
  broken('forgets what was appended since', (store) => ({
    undoImport: async (undo) => {
      const receipt = await store.undoImport(undo)
      const count = receipt.session?.entryCount ?? 0
      if (count < 3) return receipt
      await store.replace(undo.session, { from: count, entries: [] })
      return { ...receipt, session: await store.get(undo.session) }
    },
  })),
  broken('leaves a tombstone where it undid', (store) => ({
    undoImport: async (undo) => {
      const receipt = await store.undoImport(undo)
      if (receipt.status === 'undone' && receipt.session === null) {
        await store.create(undo.session)
        await store.delete(undo.session)
      }
      return receipt
    },
  })),
  broken('leads the routes of what is gone to a new session of its name', (store, { place }) => ({
    undoImport: async (undo) => {
      const { routes } = place.state
      const receipt = await store.undoImport(undo)
      place.state = { ...place.state, routes }
      return receipt
    },
  })),
  afterUndo('keeps the keys of what it undid', ({ sessions }, place) => {
    place.state = { ...place.state, sessions: restored(sessions, place.state.sessions, ['keys']) }
  }),
  afterUndo('keeps the facts that it was to take back', ({ sessions }, place) => {
    place.state = { ...place.state, sessions: restored(sessions, place.state.sessions, ['about']) }
  }),
  afterUndo('keeps the quarantined lines of what it undid', ({ sessions }, place) => {
    place.state = { ...place.state, sessions: restored(sessions, place.state.sessions, ['quarantined']) }
  }),
  broken('tells quarantined lines that were settled', (store) => ({
    quarantined: (session) => store.quarantined(session, { settled: true }),
  })),
  broken('forgets quarantined lines that were settled', (store) => ({
    quarantined: (session) => store.quarantined(session),
  })),
  afterUndo('keeps the notes of what it undid', ({ ledger }, place) => {
    place.state = { ...place.state, ledger: [...ledger, ...place.state.ledger.slice(-1)] }
  }),
  afterUndo('takes away what forks say of what it undid', ({ sessions }, place) => {
    const undone = place.state.sessions.map((one, i) => ({
      ...one,
      entries: new Map(
        [...one.entries].filter(([, { writer }]) => writer !== 'import' || one === sessions[i]),
      ),
    }))
    place.state = { ...place.state, sessions: undone }
  }),
  afterUndo('takes the keys of what it undid from forks', (_, place) => {
    const without = place.state.sessions.map((one) => ({
      ...one,
      keys: new Map([...one.keys].filter(([, { id }]) => one.entries.has(id))),
    }))
    place.state = { ...place.state, sessions: without }
  }),
  broken('forgets notes about other sessions', (store) => ({
    import: ({ alsoNote: _, ...plan }) => store.import(plan),
  })),
  broken('writes notes about other sessions before it imports', (store) => ({
    import: async ({ alsoNote = [], ...plan }) => {
      for (const { session, note } of alsoNote) {
        const expectedHead = (await store.get(session))?.head ?? null
        await store.import({ run: plan.run, session, about: {}, expectedHead, steps: null, note })
      }
      return store.import(plan)
    },
  })),
  broken('gives a claim to everyone', () => ({
    claimImport: async () => ({ claim: { release: async () => {} } }),
  })),
  broken('keeps a claim for good', (store, { place }) => ({
    claimImport: async (session) => {
      const claiming = await store.claimImport(session)
      const claims = place.state.claims.map((claim) => ({ ...claim, token: 'another' }))
      place.state = { ...place.state, claims }
      return claiming
    },
  })),
]
