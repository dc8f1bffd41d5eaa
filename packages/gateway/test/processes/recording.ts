import type { GatewayStore } from '@faircopy/gateway'
import { type NewEntry, recordText } from '@faircopy/store-core'

/** An entry, as far as two accounts of it can be compared. */
export interface SaidEntry {
  readonly kind: string
  readonly key: string | null
  readonly record: string
}

/** What a store acknowledged. */
export type Told =
  | {
      readonly did: 'append'
      readonly session: string
      readonly revision: number
      /** Those that were stored by this call, with the place each got. */
      readonly entries: readonly (SaidEntry & { readonly seq: number | null })[]
    }
  | {
      readonly did: 'replace'
      readonly session: string
      readonly revision: number
      readonly generation: number
      readonly from: number
      readonly entries: readonly SaidEntry[]
      readonly carried: number
    }
  | {
      readonly did: 'open'
      readonly how: string
      readonly session: string
      readonly revision: number
      readonly entryCount: number
      readonly entries: readonly SaidEntry[]
      readonly of: string | null
      readonly ended: { readonly session: string; readonly revision: number } | null
    }
  | { readonly refused: string }

/** A store that tells what it acknowledged, after each write. */
export function recording(store: GatewayStore, tell: (told: Told) => void): GatewayStore {
  return {
    get: store.get.bind(store),
    read: store.read.bind(store),
    page: store.page.bind(store),
    list: store.list.bind(store),
    sessions: store.sessions.bind(store),
    history: store.history.bind(store),
    generations: store.generations.bind(store),
    readGeneration: store.readGeneration.bind(store),
    locate: store.locate.bind(store),
    resolve: store.resolve.bind(store),
    route: store.route.bind(store),
    routes: store.routes.bind(store),
    opened: store.opened.bind(store),
    append: (async (target: string, entries: NewEntry | NewEntry[], options?: object) => {
      const receipt = await store.append(target, entries, options)
      const list = [entries].flat()
      const stored = receipt.entries.flatMap(({ already, seq }, i) =>
        already || list[i] === undefined ? [] : [{ ...saidEntry(list[i]), seq }],
      )
      tell({ did: 'append', session: receipt.session.id, revision: receipt.revision, entries: stored })
      return receipt
    }) as GatewayStore['append'],
    replace: async (session, replacement, options) => {
      const receipt = await store.replace(session, replacement, options)
      const { revision, generation, carried } = receipt
      const entries = replacement.entries.map(saidEntry)
      const { from } = replacement
      if (!receipt.already) {
        tell({
          did: 'replace',
          session: receipt.session.id,
          revision,
          generation,
          from,
          entries,
          carried: carried.length,
        })
      }
      return receipt
    },
    open: async (target, opening, options) => {
      const answer = await store.open(target, opening, options)
      const { session, how, ended } = answer
      tell({
        did: 'open',
        how,
        session: session.id,
        revision: session.revision,
        entryCount: session.entryCount,
        entries: how === 'found' ? [] : (opening.entries ?? []).map(saidEntry),
        of: 'fork' in opening.session ? opening.session.fork.of : null,
        ended: ended && { session: ended.id, revision: ended.revision },
      })
      return answer
    },
  }
}

function saidEntry({ kind = 'message', record, idempotencyKey }: NewEntry): SaidEntry {
  return { kind, key: idempotencyKey ?? null, record: recordText(record) }
}
