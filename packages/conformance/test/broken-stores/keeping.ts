import type { Entry, NewEntry } from '@faircopy/store-core'
import { entryHash } from '@faircopy/store-core/operator'
import { type AppendCall, type BrokenStores, broken, loose } from './broken-store.ts'

export const keeping: readonly BrokenStores[] = [
  [
    'S20',
    [
      { does: 'writes while another writer holds the lock', breakage: { beforeWrite: async () => {} } },
      broken('reads on without a turn of the event loop', (store) => {
        const read = new Map<string, Promise<readonly Entry[]>>()
        return {
          read: loose(async function* (session: string) {
            if (!read.has(session)) read.set(session, Array.fromAsync(store.read(session)))
            yield* (await read.get(session)) ?? []
          }),
        }
      }),
    ],
  ],
  [
    'S21',
    [
      {
        does: 'acknowledges a write into a file that is not its own',
        breakage: { beforeWrite: async () => {} },
      },
    ],
  ],
  [
    'S22',
    [
      {
        does: 'starts anew where it finds damage',
        breakage: {
          beforeOpen: ({ damaged, place }) => {
            if (damaged) place.state = { ...place.state, sessions: [] }
          },
        },
      },
      { does: 'goes on writing after damage', breakage: { beforeOpen: () => {} } },
      broken('takes a damaged session for none', (store, { wounded }) => ({
        get: async (session) => (wounded && session === 's' ? null : store.get(session)),
      })),
      broken('begins a damaged session anew', (store, { wounded }) => ({
        append: loose(async (...args: AppendCall) => {
          if (!wounded || args[0] !== 's' || !args[2]?.create) return store.append(...args)
          return store.append('another', ...(args.slice(1) as [AppendCall[1]]))
        }),
      })),
      broken('leaves a damaged session out of a listing', (store) => ({
        list: async (options) => {
          const { damaged: _, ...page } = await store.list(options)
          return page
        },
      })),
      broken('lists nothing where a session is damaged', (store, { wounded }) => ({
        sessions: loose(async function* (options?: object) {
          const sessions: unknown[] = []
          for await (const session of store.sessions(options)) {
            if (wounded) sessions.push(session)
            else yield session
          }
          yield* sessions
        }),
      })),
      broken('stops writing for one damaged session', (store, { wounded }) => ({
        append: loose(async (...args: AppendCall) =>
          wounded ? store.append('s', ...(args.slice(1) as [AppendCall[1]])) : store.append(...args),
        ),
      })),
    ],
  ],
  ['S23', [{ does: 'opens what a newer version wrote', breakage: { beforeOpen: () => {} } }]],
  [
    'S24',
    [
      broken('lets others read its file', (store) => ({
        facts: async () => ({ ...(await store.facts()), fileMode: 0o644 }),
      })),
    ],
  ],
  [
    'S25',
    [
      broken('verifies nothing', (store) => ({
        verify: async () => ({ sessions: (await store.facts()).sessions, entries: 0, findings: [] }),
      })),
      broken('counts what a session stored, and not what it says', (store, { place }) => ({
        verify: async (options) => ({
          ...(await store.verify(options)),
          entries: place.state.sessions
            .filter(({ state }) => state === 'living')
            .reduce((sum, { entries }) => sum + entries.size, 0),
        }),
      })),
      broken('takes a redaction for damage', (store, { place }) => ({
        redact: async (...args) => {
          const receipt = await store.redact(...args)
          const sessions = place.state.sessions.map((one) => ({
            ...one,
            entries: new Map([...one.entries].map(([id, { redaction: _, ...entry }]) => [id, entry])),
          }))
          place.state = { ...place.state, sessions }
          return receipt
        },
      })),
      broken('counts wrong in a backup', (store) => ({
        backup: async (path) => {
          const made = await store.backup(path)
          return { ...made, entries: made.entries + 1 }
        },
      })),
      broken('counts pruned sessions among the deleted ones', (store, { place }) => ({
        facts: async () => ({
          ...(await store.facts()),
          deletedSessions: place.state.sessions.filter(({ state }) => state !== 'living').length,
        }),
      })),
    ],
  ],
  [
    'S26',
    [
      {
        does: 'loses what it could not store, and says so to nobody',
        breakage: { beforeWrite: async () => {} },
      },
    ],
  ],
  [
    'S27',
    [
      broken('loses a session in a compaction', (store) => ({
        compact: async () => {
          await store.delete('s')
          return store.compact()
        },
      })),
      broken('resurrects a deleted session', (store) => ({
        append: loose(async (target: string, entries: never, options: { create?: object } = {}) => {
          if (options.create) await store.undelete(target).catch(() => null)
          return store.append(target, entries, options)
        }),
      })),
      broken('resurrects a deleted session by an import', (store) => ({
        import: async (plan) => {
          await store.undelete(plan.session).catch(() => null)
          return store.import({ ...plan, expectedHead: (await store.get(plan.session))?.head ?? null })
        },
      })),
      broken('stores a delivery of a deleted session elsewhere', (store) => ({
        append: loose((target: string, entries: NewEntry | NewEntry[], options: object) =>
          store.append(target, entries, options).catch((error: { code?: string }) => {
            if (error.code !== 'SESSION_DELETED') throw error
            const list = [entries].flat().map(({ idempotencyKey: _, ...entry }) => entry)
            return store.append(target, list, options)
          }),
        ),
      })),
      broken('leaves a redacted text in quarantined lines', (store, { place }) => ({
        redact: async (...args) => {
          const before = place.state.sessions
          const receipt = await store.redact(...args)
          const sessions = place.state.sessions.map((one, i) => ({
            ...one,
            quarantined: before[i]?.quarantined ?? one.quarantined,
          }))
          place.state = { ...place.state, sessions }
          return receipt
        },
      })),
      broken('brings back a session without its keys', (store, { place }) => ({
        undelete: async (session) => {
          const back = await store.undelete(session)
          place.state = {
            ...place.state,
            sessions: place.state.sessions.map((one) => ({ ...one, keys: new Map() })),
          }
          return back
        },
      })),
      broken('prunes in a dry run', (store) => ({
        prune: async (policy) => ({
          ...(await store.prune({ ...policy, dryRun: false })),
          dryRun: policy.dryRun ?? true,
        }),
      })),
      broken('prunes what is not imported yet', (store, { place }) => ({
        prune: async (policy) => {
          const { ledger } = place.state
          place.state = { ...place.state, ledger: [] }
          const report = await store.prune(policy)
          place.state = { ...place.state, ledger }
          return report
        },
      })),
      broken('bars for ever what never had an entry', (store, { place }) => ({
        prune: async (policy) => {
          const report = await store.prune(policy)
          const sessions = place.state.sessions.map((one) => ({ ...one, nextId: one.nextId + 1 }))
          place.state = { ...place.state, sessions }
          return report
        },
      })),
      broken('leads to what is imported under the name of what was pruned', (store, { place }) => {
        let routes: typeof place.state.routes = []
        return {
          prune: async (policy) => {
            routes = place.state.routes
            return store.prune(policy)
          },
          import: async (plan) => {
            const receipt = await store.import(plan)
            place.state = { ...place.state, routes }
            return receipt
          },
        }
      }),
      broken('takes what a pruned session was sent for stored still', (store, { place }) => ({
        prune: async (policy) => {
          const before = place.state.sessions
          const report = await store.prune(policy)
          const sessions = place.state.sessions.map((one, i) => ({
            ...one,
            keys: before[i]?.keys ?? one.keys,
          }))
          place.state = { ...place.state, sessions }
          return report
        },
      })),
      broken('forgets that a session without entries was deleted', (store, { place }) => ({
        prune: async (policy) => {
          const before = place.state.sessions
          const report = await store.prune(policy)
          const sessions = place.state.sessions.map((one, i) => ({
            ...one,
            nextId: before[i]?.nextId ?? one.nextId,
          }))
          place.state = { ...place.state, sessions }
          return report
        },
      })),
      broken('prunes what is on hold', (store) => ({
        prune: ({ hold: _, ...policy }) => store.prune(policy),
      })),
      broken('has nobody read a fork again that says what was redacted', (store, { place }) => ({
        redact: async (session, id, text) => {
          const before = place.state.sessions
          const receipt = await store.redact(session, id, text)
          const named = typeof session === 'string' ? session : session.id
          const sessions = place.state.sessions.map((one, i) => {
            const { generations, revision } = before[i] ?? one
            return one.address.id === named ? one : { ...one, generations, revision }
          })
          place.state = { ...place.state, sessions }
          return receipt
        },
      })),
      broken('tells nobody of a session whose history was redacted', (store, { place }) => ({
        redact: async (session, id, text) => {
          const before = place.state.sessions
          const receipt = await store.redact(session, id, text)
          const sessions = place.state.sessions.map((one, i) => {
            const { change, updatedAt } = before[i] ?? one
            return one.change.kind === 'updated' ? { ...one, change, updatedAt } : one
          })
          place.state = { ...place.state, sessions }
          return receipt
        },
      })),
      broken('leaves a redacted text in history', (store, { place }) => ({
        redact: async (session, id, text) => {
          const before = place.state
          const receipt = await store.redact(session, id, text)
          const sessions = place.state.sessions.map((one, i) => {
            const old = before.sessions[i]?.entries ?? one.entries
            return {
              ...one,
              entries: new Map(
                [...one.entries].map(([at, now]) => [at, at === id ? now : (old.get(at) ?? now)]),
              ),
            }
          })
          place.state = { ...place.state, sessions }
          return receipt
        },
      })),
      broken('says that it redacted what would have become too large', (store) => ({
        redact: (session, id, text) =>
          store.redact(session, id, text).catch((error: { code?: string }) => {
            if (error.code !== 'INVALID_RECORD') throw error
            return { entries: [id], quarantined: 0 }
          }),
      })),
      broken('hashes a redacted entry anew', (store, { place }) => ({
        redact: async (...args) => {
          const receipt = await store.redact(...args)
          const sessions = place.state.sessions.map((one) => ({
            ...one,
            entries: new Map(
              [...one.entries].map(([id, entry]) => [
                id,
                { ...entry, hash: entryHash(entry.kind, entry.at, entry.record) },
              ]),
            ),
          }))
          place.state = { ...place.state, sessions }
          return receipt
        },
      })),
      broken('holds a session of the id in every namespace', (store) => ({
        prune: (policy) =>
          store.prune({
            ...policy,
            hold: (policy.hold ?? []).flatMap((session) =>
              ['default', 'other'].map((namespace) => ({
                namespace,
                id: typeof session === 'string' ? session : session.id,
              })),
            ),
          }),
      })),
      broken('prunes a moment too early', (store) => ({
        prune: ({ endedOlderThan, ...policy }) =>
          store.prune({
            ...policy,
            ...(endedOlderThan !== undefined && { endedOlderThan: Math.max(0, endedOlderThan - 1) }),
          }),
      })),
      broken('counts the bytes of a text without its end', (store) => ({
        prune: async (policy) => {
          const report = await store.prune(policy)
          return { ...report, bytes: report.bytes - report.entries }
        },
      })),
      broken('redacts every live entry that holds the text', (store) => ({
        redact: async (session, entry, text) => {
          const receipt = await store.redact(session, entry, text)
          for await (const { id } of store.read(session)) await store.redact(session, id, text)
          return receipt
        },
      })),
    ],
  ],
  ['S28', [broken('lacks a method, and does not say so', () => ({ fork: loose(undefined as never) }))]],
]
