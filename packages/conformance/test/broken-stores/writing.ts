import { type NewEntry, type Origin, RevisionConflict, StoreError, StoreIo } from '@faircopy/store-core'
import type { EntryRange } from '@faircopy/store-core/backend'
import { createMemoryPlace, createMemoryStore } from '@faircopy/store-core/memory'
import { careless, stepless } from './arguments.ts'
import { type AppendCall, type BrokenStores, broken, loose } from './broken-store.ts'
import { undoing } from './undoing.ts'

const sleep = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

export const writing: readonly BrokenStores[] = [
  [
    'S1',
    [
      {
        does: 'acknowledges a write and stores it with the next one',
        breakage: {
          store: (_, { place }) => {
            const own = createMemoryPlace()
            own.state = place.state
            const late = createMemoryStore({ place: own })
            const append = late.append.bind(late)
            return Object.assign(late, {
              append: async (...args: Parameters<typeof append>) => {
                place.state = own.state
                return append(...args)
              },
              backup: loose(() => null),
              compact: loose(() => null),
            })
          },
        },
      },
    ],
  ],
  [
    'S2',
    [
      broken('stores the entries of a call one by one', (store) => ({
        append: loose(async (target: string, entries: NewEntry | NewEntry[], options?: object) => {
          const list = [entries].flat()
          let receipt = await store.append(target, [], options)
          const marks = []
          for (const entry of list) {
            receipt = await store.append(target, entry, options)
            marks.push(...receipt.entries)
          }
          return { ...receipt, entries: marks }
        }),
      })),
      broken('replaces in two steps', (store) => ({
        replace: async (session, { from, entries, ...more }, options) => {
          await store.replace(session, { from, entries: [] })
          return store.replace(session, { from, entries, ...more }, options)
        },
      })),
    ],
  ],
  [
    'S3',
    [
      ...careless,
      broken('says "unknown" of what it refused', (store) => ({
        append: loose(async (...args: AppendCall) => {
          return store.append(...args).catch((error: unknown) => {
            if (StoreError.is(error)) Object.defineProperty(error, 'outcome', { value: 'unknown' })
            throw error
          })
        }),
      })),
      broken('takes a clock that fails for a disk that does', (store) => ({
        append: loose((...args: AppendCall) =>
          store.append(...args).catch((error: unknown) => {
            if (StoreError.is(error) && error.code === 'CLOCK_FAILED')
              throw new StoreIo('a file', 'unknown', error)
            throw error
          }),
        ),
      })),
      broken('hands out the meta that it has', (store, { place }) => ({
        get: async (session) => {
          const found = await store.get(session)
          const own = place.state.sessions.find(({ address }) => address.id === found?.id)
          return found && { ...found, meta: own?.about.meta ?? found.meta }
        },
      })),
      broken('hands out the notes that it has', (_, { place }) => ({
        ledgerNote: async (_session, key) => place.state.ledger.find((note) => note.key === key) ?? null,
      })),
      broken('remembers the key of a write that it refused', (store) => {
        const refused = new Set<string>()
        return {
          append: loose(async (...args: AppendCall) => {
            const keys = [args[1]].flat().flatMap(({ idempotencyKey }) => idempotencyKey ?? [])
            if (keys.some((key) => refused.has(key))) {
              const receipt = await store.append(args[0], [])
              return { ...receipt, entries: [{ id: 1, seq: 1, already: true, differs: false }] }
            }
            return store.append(...args).catch((error: unknown) => {
              for (const key of keys) refused.add(key)
              throw error
            })
          }),
        }
      }),
    ],
  ],
  [
    'S4',
    [
      broken('drops a conflict', (store) => ({
        append: loose((target: string, entries: NewEntry, options?: object) =>
          store.append(target, entries, { ...options, onConflict: 'first' }),
        ),
      })),
      broken('stores a repeated entry again', (store) => ({
        append: loose((target: string, entries: NewEntry | NewEntry[], options?: object) =>
          store.append(
            target,
            [entries].flat().map(({ idempotencyKey: _, ...entry }) => entry),
            options,
          ),
        ),
      })),
      broken('refuses a conflict that it was asked to keep', (store) => ({
        append: loose(
          (target: string, entries: NewEntry, { onConflict: _, ...options }: { onConflict?: string } = {}) =>
            store.append(target, entries, options),
        ),
      })),
      broken('takes equal records for one', (store) => ({
        append: loose((target: string, entries: NewEntry | NewEntry[], options?: object) =>
          store.append(
            target,
            [entries]
              .flat()
              .map((entry) => ({ idempotencyKey: String(entry.record).slice(0, 200), ...entry })),
            options,
          ),
        ),
      })),
      broken('checks the revision before the key', (store) => ({
        append: loose(
          async (target: string, entries: NewEntry, options: { expectedRevision?: number } = {}) => {
            if (options.expectedRevision !== undefined && (await store.get(target))) {
              await store.update(target, {}, { expectedRevision: options.expectedRevision })
            }
            return store.append(target, entries, options)
          },
        ),
      })),
      broken('forgets a key after an undo', (store, { place }) => ({
        replace: async (...args) => {
          const receipt = await store.replace(...args)
          const live = new Set<number>()
          for await (const { id } of store.read(args[0])) live.add(id)
          place.state = {
            ...place.state,
            sessions: place.state.sessions.map((session) => ({
              ...session,
              keys: new Map([...session.keys].filter(([, { id }]) => live.has(id))),
            })),
          }
          return receipt
        },
      })),
      broken('forgets a key when its entry is pruned', (store, { place }) => ({
        prune: async (...args) => {
          const report = await store.prune(...args)
          place.state = {
            ...place.state,
            sessions: place.state.sessions.map((session) => ({
              ...session,
              keys: new Map([...session.keys].filter(([, { id }]) => session.entries.has(id))),
            })),
          }
          return report
        },
      })),
      broken('knows the key of a delivery in its own session only', (store) => ({
        append: loose((target: string, entries: NewEntry | NewEntry[], options?: object) =>
          store.append(
            target,
            [entries].flat().map((entry) => ({
              ...entry,
              ...(entry.idempotencyKey && { idempotencyKey: `${target} ${entry.idempotencyKey}` }),
            })),
            options,
          ),
        ),
      })),
      broken('links an entry to those of earlier calls only', (store) => ({
        append: loose((target: string, entries: NewEntry | NewEntry[], options?: object) => {
          const keys = new Set([entries].flat().map(({ idempotencyKey }) => idempotencyKey))
          return store.append(
            target,
            [entries].flat().map(({ correlation, ...entry }) => ({
              ...entry,
              ...(correlation !== undefined && !keys.has(correlation) && { correlation }),
            })),
            options,
          )
        }),
      })),
      broken('carries out a replacement twice', (store) => ({
        replace: (session, replacement, { operationKey: _, ...options } = {}) =>
          store.replace(session, replacement, options),
      })),
      broken('carries out a fork twice', (store) => ({
        fork: (session, fork, { operationKey: _, ...options } = {}) => store.fork(session, fork, options),
      })),
      broken('takes a delivery that says something else for the one that it knows', (store) => ({
        append: loose(async (...args: AppendCall) => {
          const receipt = await store.append(...args)
          return { ...receipt, entries: receipt.entries.map((entry) => ({ ...entry, differs: false })) }
        }),
      })),
      broken('forgets that what it linked is a delivery', (store, { place }) => ({
        append: loose(async (...args: AppendCall) => {
          const receipt = await store.append(...args)
          const sessions = place.state.sessions.map((session) => ({
            ...session,
            keys: new Map(
              [...session.keys].map(([key, use]) => [key, { ...use, isDelivery: use.kind === 'delivery' }]),
            ),
          }))
          place.state = { ...place.state, sessions }
          return receipt
        }),
      })),
      broken('answers a repeated delivery from the session that it was sent to', (store) => ({
        append: loose(async (...args: AppendCall) => {
          const receipt = await store.append(...args)
          const session = { namespace: 'default', id: String(args[0]) }
          return { ...receipt, session }
        }),
      })),
      broken('keeps the last operation key only', (store, { place }) => ({
        replace: async (...args) => {
          const receipt = await store.replace(...args)
          const sessions = place.state.sessions.map((session) => ({
            ...session,
            operations: new Map([...session.operations].slice(-1)),
          }))
          place.state = { ...place.state, sessions }
          return receipt
        },
      })),
    ],
  ],
  [
    'S5',
    [
      broken('reuses a seq', (store) => ({
        read: loose(async function* (...args: Parameters<typeof store.read>) {
          let last = 0
          for await (const entry of store.read(...args)) {
            last = entry.id > entry.seq ? Math.max(1, entry.seq - 1) : entry.seq
            yield { ...entry, seq: last }
          }
        }),
        append: loose(async (...args: AppendCall) => {
          const receipt = await store.append(...args)
          return {
            ...receipt,
            entries: receipt.entries.map((entry) => ({ ...entry, seq: Math.max(1, (entry.seq ?? 1) - 1) })),
          }
        }),
      })),
      broken('orders by time', (store) => ({
        read: loose(async function* (...args: Parameters<typeof store.read>) {
          const entries = []
          for await (const entry of store.read(...args)) entries.push(entry)
          entries.sort((a, b) => (a.at ?? 0) - (b.at ?? 0))
          yield* entries.map((entry, i) => ({ ...entry, seq: i + 1 }))
        }),
      })),
      broken('appends behind the newest entry, wherever that is', (store, { place }) => ({
        append: loose(async (...args: AppendCall) => {
          const receipt = await store.append(...args)
          const sessions = place.state.sessions.map((session) => ({
            ...session,
            generations: session.generations.map((list) => ({ ...list, ranges: byNewest(list.ranges) })),
          }))
          place.state = { ...place.state, sessions }
          return receipt
        }),
      })),
      broken('reads, waits and writes', (store, { place }) => ({
        append: loose(async (...args: AppendCall) => {
          const { state } = place
          await sleep()
          place.state = state
          return store.append(...args)
        }),
      })),
    ],
  ],
  [
    'S6',
    [
      broken('appends whatever revision was expected', (store) => ({
        append: loose(
          (
            target: string,
            entries: NewEntry,
            { expectedRevision: _, ...options }: { expectedRevision?: number } = {},
          ) => store.append(target, entries, options),
        ),
      })),
      broken('replaces whatever revision was expected', (store) => ({
        replace: (session, replacement, { expectedRevision: _, ...options } = {}) =>
          store.replace(session, replacement, options),
      })),
      broken('forks whatever revision was expected', (store) => ({
        fork: (session, fork, { expectedRevision: _, ...options } = {}) => store.fork(session, fork, options),
      })),
      broken('deletes whatever revision was expected', (store) => ({
        delete: (session) => store.delete(session),
      })),
      broken('moves the revision with a delivery', (store, { place }) => ({
        append: loose(async (...args: AppendCall) => {
          const receipt = await store.append(...args)
          if ([args[1]].flat().every(({ kind }) => kind !== 'delivery')) return receipt
          place.state = {
            ...place.state,
            sessions: place.state.sessions.map((session) => ({ ...session, revision: session.revision + 1 })),
          }
          return { ...receipt, revision: receipt.revision + 1 }
        }),
      })),
      broken('moves the revision with a title', (store) => ({
        update: async (...args) => {
          const session = await store.update(...args)
          return { ...session, revision: session.revision + 1 }
        },
      })),
      broken('adds to meta what an update says of it', (store) => ({
        update: async (session, patch, options) => {
          const { meta } = (await store.get(session)) ?? {}
          return store.update(
            session,
            { ...patch, ...(patch.meta && { meta: { ...meta, ...patch.meta } }) },
            options,
          )
        },
      })),
      broken('refuses revisions that are too late only', (store) => ({
        update: async (session, patch, { expectedRevision } = {}) => {
          const { revision = 0 } = (await store.get(session)) ?? {}
          const isLater = expectedRevision !== undefined && expectedRevision > revision
          return store.update(session, patch, isLater ? { expectedRevision } : {})
        },
      })),
    ],
  ],
  [
    'S7',
    [
      broken('forgets what was replaced', (store) => ({
        history: loose(async function* (...args: Parameters<typeof store.history>) {
          for await (const entry of store.history(...args)) if (entry.kind === 'none') yield entry
        }),
      })),
      broken('reads the present generation, whichever is asked for', (store) => ({
        readGeneration: (session) => store.read(session),
      })),
      broken('reads a pruned generation as an empty one', (store) => ({
        readGeneration: loose(async function* (...args: Parameters<typeof store.readGeneration>) {
          try {
            yield* store.readGeneration(...args)
          } catch (error) {
            if ((error as { code?: string }).code !== 'GENERATION_GONE') throw error
          }
        }),
      })),
      broken('undoes nothing', (store) => ({
        replace: (session, replacement, options) =>
          store.replace(
            session,
            { ...replacement, from: replacement.from + (replacement.entries.length ? 0 : 1) },
            options,
          ),
      })),
      broken('drops the deliveries of what is replaced', (store) => ({
        replace: async (session, replacement, options) => {
          const { entries } = await store.page(session, { from: replacement.from, limit: 1000 })
          const dropDeliveries = entries.filter(({ kind }) => kind === 'delivery').map(({ id }) => id)
          return store.replace(session, { ...replacement, dropDeliveries }, options)
        },
      })),
      broken('carries over deliveries that it was told to drop', (store) => ({
        replace: (session, { dropDeliveries: _, ...replacement }, options) =>
          store.replace(session, replacement, options),
      })),
      broken('stores anew what it was to say again', (store) => ({
        replace: (session, { entries, ...replacement }, options) =>
          store.replace(
            session,
            { ...replacement, entries: entries.map(({ idempotencyKey: _, ...entry }) => entry) },
            options,
          ),
      })),
      broken('makes a generation of nothing', (store) => ({
        replace: async (session, replacement, options) => {
          await store.replace(session, {
            ...replacement,
            entries: [...replacement.entries, { record: '{}' }],
          })
          return store.replace(session, replacement, options)
        },
      })),
      broken('rewrites what a compaction covers', (store) => ({
        append: loose(async (target: string, entries: NewEntry | NewEntry[], options?: object) => {
          const compacts = [entries].flat().some(({ kind }) => kind === 'compaction')
          if (compacts) await store.replace(target, { from: 1, entries: [] })
          return store.append(target, entries, options)
        }),
      })),
      broken('knows an operation by its key, in whichever namespace', (store) => {
        const done = new Map<string, Awaited<ReturnType<typeof store.replace>>>()
        return {
          replace: async (session, replacement, options = {}) => {
            const name = JSON.stringify([
              typeof session === 'string' ? session : session.id,
              options.operationKey,
            ])
            const known = options.operationKey === undefined ? undefined : done.get(name)
            const receipt = known ?? (await store.replace(session, replacement, options))
            done.set(name, receipt)
            return receipt
          },
        }
      }),
      broken('drops the first of the deliveries that it was told to', (store) => ({
        replace: (session, { dropDeliveries = [], ...replacement }, options) =>
          store.replace(session, { ...replacement, dropDeliveries: dropDeliveries.slice(0, 1) }, options),
      })),
      broken('forgets when a generation was made', (store) => ({
        generations: async (session) => (await store.generations(session)).map((one) => ({ ...one, at: 0 })),
      })),
      broken('says the receipt of what it said again as if it were new', (store) => ({
        replace: async (...args) => {
          const receipt = await store.replace(...args)
          return { ...receipt, entries: receipt.entries.map((entry) => ({ ...entry, already: false })) }
        },
      })),
    ],
  ],
  [
    'S8',
    [
      broken('forks what the parent says at the end, whatever the place', (store) => ({
        fork: (session, { through: _, ...fork }, options) => store.fork(session, fork, options),
      })),
      broken('copies entries into a fork, under ids of its own', (store) => ({
        fork: async (session, fork, options) => {
          const { entries } = await store.page(session, {
            limit: 1000,
            ...(fork.through && { to: fork.through }),
          })
          const forked = await store.fork(session, { ...fork, through: 0 }, options)
          await store.append(
            forked.id,
            entries.map(({ kind, at, record }) => ({ kind, at, record })),
          )
          return (await store.get(forked.id)) ?? forked
        },
      })),
      broken('forgets the keys of what a fork says', (store, { place }) => ({
        fork: async (...args) => {
          const fork = await store.fork(...args)
          place.state = {
            ...place.state,
            sessions: place.state.sessions.map((one) =>
              one.address.id === fork.id ? { ...one, keys: new Map() } : one,
            ),
          }
          return fork
        },
      })),
      broken('frees the keys of what it prunes from a fork', (store, { place }) => ({
        prune: async (policy) => {
          const report = await store.prune(policy)
          const kept = place.state.sessions.map((one) => ({
            ...one,
            keys: new Map([...one.keys].filter(([, { id }]) => one.entries.has(id))),
          }))
          place.state = { ...place.state, sessions: kept }
          return report
        },
      })),
      broken('takes a linked key in the forks that have the entry, too', (store, { place }) => ({
        append: loose(async (...args: AppendCall) => {
          const receipt = await store.append(...args)
          const [entry] = [args[1]].flat()
          const key = entry?.idempotencyKey
          const by = place.state.sessions.find(({ address }) => address.id === args[0])
          const use = key === undefined || entry?.correlation === undefined ? undefined : by?.keys.get(key)
          if (key !== undefined && use) {
            const sessions = place.state.sessions.map((one) =>
              one.keys.has(entry?.correlation ?? '')
                ? { ...one, keys: new Map([...one.keys, [key, use]]) }
                : one,
            )
            place.state = { ...place.state, sessions }
          }
          return receipt
        }),
      })),
      broken('gives a fork the ids of its parent once more', (store, { place }) => ({
        fork: async (...args) => {
          const fork = await store.fork(...args)
          place.state = {
            ...place.state,
            sessions: place.state.sessions.map((one) =>
              one.address.id === fork.id ? { ...one, nextId: 1 } : one,
            ),
          }
          return fork
        },
      })),
      broken('prunes what forks still say', (store, { place }) => ({
        prune: async (policy) => {
          const report = await store.prune(policy)
          if (policy.dryRun !== false) return report
          place.state = {
            ...place.state,
            sessions: place.state.sessions.map((one) => ({
              ...one,
              entries: new Map(
                [...one.entries].filter(([id]) =>
                  one.generations.some(({ ranges }) =>
                    ranges.some(
                      ({ owner, first, last }) => owner === one.number && id >= first && id <= last,
                    ),
                  ),
                ),
              ),
            })),
          }
          return report
        },
      })),
      broken('names the place in the parent for the entry', (store) => ({
        fork: async (...args) => {
          const fork = await store.fork(...args)
          return { ...fork, parent: fork.parent && { ...fork.parent, entry: fork.entryCount || null } }
        },
      })),
      broken('prunes what only the history of a fork says', (store, { place }) => ({
        prune: async (...args) => {
          const report = await store.prune(...args)
          const sessions = place.state.sessions.map((one) => ({
            ...one,
            generations: one.generations.slice(-1),
          }))
          place.state = { ...place.state, sessions }
          return report
        },
      })),
    ],
  ],
  [
    'S9',
    [
      ...stepless,
      broken('shows an import while it goes on', (store) => ({
        import: async (plan) => {
          if (plan.steps && !(await store.get(plan.session))) {
            await store.create(plan.session)
            const { head } = (await store.get(plan.session)) ?? { head: null }
            return store.import({ ...plan, expectedHead: head })
          }
          return store.import(plan)
        },
      })),
      broken('imports over a session that moved on', (store) => ({
        import: async (plan) => {
          const head = async (): Promise<string | null> => (await store.get(plan.session))?.head ?? null
          return store.import(plan).catch(async (error: unknown) => {
            if (!(error instanceof RevisionConflict)) throw error
            return store.import({ ...plan, expectedHead: await head(), steps: null })
          })
        },
      })),
      broken('imports one session after the other', (store) => {
        let last: Promise<unknown> = Promise.resolve()
        return {
          import(plan) {
            const own = last.then(() => store.import(plan))
            last = own.catch(() => {})
            return own
          },
        }
      }),
      broken('imports the same again', (store) => {
        let runs = 0
        return {
          import: async (plan) =>
            store.import({
              ...plan,
              expectedHead: (await store.get(plan.session))?.head ?? null,
              note: { ...plan.note, key: `${plan.note.key} ${++runs}` },
            }),
        }
      }),
      broken('forgets what an import does not keep', (store) => ({
        history: loose(async function* (...args: Parameters<typeof store.history>) {
          for await (const entry of store.history(...args)) if (entry.writer === 'import') yield entry
        }),
      })),
      broken('waits for a source that does not answer', (store) => ({
        import: ({ signal: _, ...plan }) => store.import(plan),
      })),
      broken('leaves what a killed import staged', (store) => ({
        facts: async () => ({ ...(await store.facts()), stagedEntries: 2 }),
      })),
      broken('imports no more than a thousand entries', (store) => ({
        import: ({ steps, ...plan }) => {
          async function* first() {
            let taken = 0
            for await (const step of steps ?? []) if (taken++ < 1000) yield step
          }
          return store.import({ ...plan, steps: steps && first() })
        },
      })),
      ...undoing,
      broken('finds the notes of a session by its id alone', (store) => ({
        ledgerNote: async (session, key) => {
          const id = typeof session === 'string' ? session : session.id
          for (const namespace of ['default', 'other']) {
            const note = await store.ledgerNote({ namespace, id }, key)
            if (note) return note
          }
          return null
        },
      })),
      broken('keeps the first part that an import keeps', (store) => ({
        import: ({ steps, ...plan }) => {
          async function* first() {
            let kept = 0
            for await (const step of steps ?? []) if (!('keep' in step) || kept++ === 0) yield step
          }
          return store.import({ ...plan, steps: steps && first() })
        },
      })),
      broken('overwrites the facts that it imports', (store) => ({
        import: async (plan) => {
          const receipt = await store.import(plan)
          const { title, meta } = plan.about
          if (receipt.session)
            await store.update(plan.session, { ...(title && { title }), ...(meta && { meta }) })
          return receipt
        },
      })),
      broken('frees the keys of what it imports', (store) => ({
        import: ({ steps, ...plan }) => {
          async function* keyless() {
            for await (const step of steps ?? [])
              if ('live' in step) {
                const { idempotencyKey: _, ...live } = step.live
                yield { live }
              } else yield step
          }
          return store.import({ ...plan, steps: steps && keyless() })
        },
      })),
      broken('tells a run once for each session', (store, { place }) => ({
        import: async (plan) => {
          const { runs } = place.state
          const receipt = await store.import(plan)
          if (receipt.status === 'imported') place.state = { ...place.state, runs: [...runs, plan.run] }
          return receipt
        },
      })),
      broken('claims one session at a time', (store) => ({
        claimImport: (session) =>
          store.claimImport(session).then((claiming) => claiming && store.claimImport('any')),
      })),
    ],
  ],
  [
    'S10',
    [
      broken('invents a session', (store) => ({
        append: loose((target: never, entries: NewEntry, options: object = {}) =>
          store.append(target, entries, typeof target === 'string' ? { create: {}, ...options } : options),
        ),
      })),
      broken('takes the newest session of an origin', (store) => ({
        append: loose((target: never, entries: NewEntry, options: object) =>
          store.append(target, entries, options).catch((error: { candidates?: { id: string }[] }) => {
            const newest = error.candidates?.at(-1)
            if (!newest) throw error
            return store.append(newest, entries, options)
          }),
        ),
      })),
      broken('looks at the chat and not at the person', (store) => ({
        append: loose(
          (target: { origin?: { user?: string; userAlt?: string } }, entries: NewEntry, options: object) => {
            if (!target.origin) return store.append(target as never, entries, options)
            const { user: _, userAlt: _alt, ...origin } = target.origin
            return store.append({ ...target, origin } as never, entries, options)
          },
        ),
      })),
      broken('ignores a person’s other id', (store) => ({
        append: loose((target: { origin?: { userAlt?: string } }, entries: NewEntry, options: object) => {
          if (!target.origin) return store.append(target as never, entries, options)
          const { userAlt: _, ...origin } = target.origin
          return store.append({ ...target, origin } as never, entries, options)
        }),
      })),
      broken('takes another name of a chat’s kind for another kind', (store) => ({
        append: loose((target: { origin?: Origin }, entries: NewEntry, options: object) => {
          const isPrivate = target.origin?.chatType === 'private'
          const asked = isPrivate ? { ...target, origin: { ...target.origin, chatType: 'unheard' } } : target
          return store.append(asked as never, entries, options)
        }),
      })),
      broken('writes into a session that has ended', (store) => ({
        update: (session, { endedAt: _, ...patch }, options) => store.update(session, patch, options),
      })),
      broken('creates the session before it looks at the entries', (store) => ({
        append: loose(
          async (
            target: { whenAbsent?: { create?: { id: string } } },
            entries: NewEntry,
            options: object,
          ) => {
            const { id, ...about } = target.whenAbsent?.create ?? {}
            if (id && !(await store.get(id))) {
              await store.create(id, { ...about, origin: (target as { origin: never }).origin })
            }
            return store.append(target as never, entries, options)
          },
        ),
      })),
      broken('leaves a route where it led', (store) => {
        const led = new Set<string>()
        return {
          route: async (origin, session) => {
            const name = JSON.stringify(origin)
            if (!led.has(name)) await store.route(origin, session)
            led.add(name)
          },
        }
      }),
      broken('gives a session that goes on what led to it before', (store) => {
        const led = new Map<string, Origin>()
        return {
          open: async (target, ...more) => {
            const opened = await store.open(target, ...more)
            led.set(opened.session.id, target.origins[0])
            return opened
          },
          update: async (session, patch, options) => {
            const updated = await store.update(session, patch, options)
            const origin = led.get(updated.id)
            if (patch.endedAt === null && origin) await store.route(origin, session)
            return updated
          },
        }
      }),
      broken('looks first and opens afterwards', (store) => ({
        open: async (target, opening, options) => {
          const session = await store.opened(target)
          await sleep()
          if (session && session.id !== opening.end?.session) return { session, how: 'found', ended: null }
          if (!('create' in opening.session)) return store.open(target, opening, options)
          const { id, ...about } = opening.session.create
          const created = await store.create(id, about)
          await store.route(target.origins[0], id)
          return { session: created, how: 'created', ended: null }
        },
      })),
      broken('opens a chat for its thread', (store) => ({
        open: ({ origins: [{ thread: _, ...origin }], ...target }, ...more) =>
          store.open({ ...target, origins: [origin] }, ...more),
      })),
      broken('opens by the first of a person’s ids alone', (store) => ({
        open: ({ origins, ...target }, ...more) => store.open({ ...target, origins: [origins[0]] }, ...more),
      })),
      broken('opens nothing that it did not open itself', (store) => ({
        open: async (target, opening, options) => {
          const found = await store.opened(target)
          const isLed =
            found && (await store.routes(found.id)).some(({ origin }) => origin.platform === 'telegram')
          if (found && !isLed && 'create' in opening.session) {
            const { id, ...about } = opening.session.create
            await store.route(target.origins[0], (await store.create(id, about)).id)
          }
          return store.open(target, opening, options)
        },
      })),
      broken('forgets the past of a fork that it opens', (store) => ({
        open: (target, { session, ...opening }, options) => {
          if (!('fork' in session)) return store.open(target, { session, ...opening }, options)
          return store.open(
            target,
            { ...opening, session: { fork: { ...session.fork, through: 0 } } },
            options,
          )
        },
      })),
      broken('ends whatever session lives', (store) => ({
        open: async (target, { end, ...opening }, options) => {
          const session = end && ((await store.opened(target))?.id ?? end.session)
          return store.open(
            target,
            { ...opening, ...(end && { end: { ...end, session: session ?? '' } }) },
            options,
          )
        },
      })),
      broken('leaves behind what led to the session that ends', (store, { place }) => ({
        open: async (...args) => {
          const { routes } = place.state
          const opened = await store.open(...args)
          if (opened.ended) {
            const isNew = (one: (typeof routes)[number]): boolean => one.session.id === opened.session.id
            const [first] = place.state.routes.filter(isNew)
            place.state = { ...place.state, routes: [...routes.slice(1), ...(first ? [first] : [])] }
          }
          return opened
        },
      })),
      broken('opens without a look at the revision', (store) => ({
        open: (target, opening) => store.open(target, opening),
      })),
      broken('ends a session behind the back of its turns', (store, { place }) => ({
        open: async (...args) => {
          const before = place.state.sessions
          const opened = await store.open(...args)
          const sessions = place.state.sessions.map((one) =>
            one.address.id === opened.ended?.id
              ? { ...one, revision: before[one.number - 1]?.revision ?? 0 }
              : one,
          )
          place.state = { ...place.state, sessions }
          return opened
        },
      })),
      broken('lets both sessions of a switch live', (store) => ({
        open: async (...args) => {
          const opened = await store.open(...args)
          if (opened.ended) await store.update(opened.ended.id, { endedAt: null, endReason: null })
          return opened
        },
      })),
      broken('says its entries to a session that it found', (store) => ({
        open: async (target, opening, options) => {
          const opened = await store.open(target, opening, options)
          if (opened.how === 'found' && opening.entries) await store.append(opened.session, opening.entries)
          return opened
        },
      })),
      broken('lets a narrow appender write what it likes', (store) => ({
        appender: () => ({ append: store.append.bind(store) }),
      })),
      broken('resolves an origin in the default namespace', (store) => ({
        resolve: (origin) => store.resolve(origin),
      })),
      broken('takes the first part of an origin for the whole', (store) => ({
        append: loose((target: { origin?: Origin }, entries: NewEntry, options: object) => {
          if (!target.origin) return store.append(target as never, entries, options)
          const { thread: _, ...origin } = target.origin
          return store.append({ ...target, origin } as never, entries, options)
        }),
      })),
      broken('names two of several candidates', (store) => ({
        append: loose((...args: AppendCall) =>
          store.append(...args).catch((error: { candidates?: readonly unknown[] }) => {
            if (error.candidates)
              Object.defineProperty(error, 'candidates', { value: error.candidates.slice(0, 2) })
            throw error
          }),
        ),
      })),
      broken('follows a route for exactly its origin only', (store) => ({
        resolve: async (origin, namespace) => {
          const found = await store.resolve(origin, namespace)
          const isOwn = found?.origin?.platform === origin.platform
          const routes = found ? await store.routes(found) : []
          const isLed = routes.some((route) => JSON.stringify(route.origin) === JSON.stringify(origin))
          return isOwn || isLed ? found : null
        },
      })),
      broken('forgets the end reason that it was told', (store) => ({
        open: (target, { end, ...opening }, options) =>
          store.open(target, { ...opening, ...(end && { end: { ...end, reason: null } }) }, options),
      })),
    ],
  ],
  [
    'S11',
    [
      broken('places what is held at every session of the origin', (store, { place }) => ({
        append: loose(async (...args: AppendCall) => {
          const { held } = place.state
          const receipt = await store.append(...args)
          const anew = held.map((one) => ({ ...one, entry: { ...one.entry, idempotencyKey: null } }))
          if (place.state.held.length < held.length) place.state = { ...place.state, held: anew }
          return receipt
        }),
      })),
      broken('places what is held for one person with another', (store, { place }) => ({
        append: loose(async (...args: AppendCall) => {
          const receipt = await store.append(...args)
          place.state = {
            ...place.state,
            held: place.state.held.map((one) => ({ ...one, origin: { platform: one.origin.platform } })),
          }
          return receipt
        }),
      })),
      broken('forgets beside a delivery to hold what another was linked to', (store) => ({
        append: loose((target: string, entries: NewEntry | NewEntry[], options: object) => {
          const isHeld = typeof target !== 'string' && Array.isArray(entries)
          const given = isHeld ? entries.map(({ correlation: _, ...entry }) => entry) : entries
          return store.append(target, given, options)
        }),
      })),
      broken('takes back what an import placed', (store) => ({
        undoImport: async (undo) => {
          const receipt = await store.undoImport(undo)
          if (receipt.session) await store.delete(undo.session)
          return receipt
        },
      })),
      broken('forgets what it holds at an import', (store, { place }) => ({
        import: async (plan) => {
          place.state = { ...place.state, held: [] }
          return store.import(plan)
        },
      })),
      broken('imports what it holds already', (store, { place }) => ({
        import: async (plan) => {
          const { held } = place.state
          place.state = { ...place.state, held: [] }
          try {
            return await store.import(plan)
          } finally {
            place.state = { ...place.state, held }
          }
        },
      })),
      broken('keeps the key of what it held for too long', (store, { place }) => ({
        append: loose((target: string, entry: NewEntry, options: object) => {
          const first = place.state.held.find((one) => one.entry.idempotencyKey === entry.idempotencyKey)
          const isKept = first !== undefined && typeof target === 'string'
          return store.append(target, isKept ? { ...entry, record: first.entry.record } : entry, options)
        }),
      })),
      broken('holds anything', (store) => ({
        append: loose((target: { whenAbsent?: string }, entries: NewEntry | NewEntry[], options: object) =>
          store.append(
            target as never,
            target.whenAbsent === 'hold'
              ? [entries].flat().map((entry) => ({ ...entry, kind: 'delivery' }))
              : entries,
            options,
          ),
        ),
      })),
      broken('holds what is stored already', (store, { place }) => ({
        append: loose(async (...args: AppendCall) => {
          const receipt = await store.append(...args)
          const repeats = 'held' in receipt && receipt.entries.length > 1
          if (repeats && receipt.entries.some(({ already }) => already)) {
            const again = place.state.held.map((one) => ({
              ...one,
              entry: { ...one.entry, idempotencyKey: null },
            }))
            place.state = { ...place.state, held: [...again, ...place.state.held] }
          }
          return receipt
        }),
      })),
      broken('holds without end in number', (store) => ({
        append: loose((target: { whenAbsent?: string }, entries: NewEntry, options: object) =>
          store.append(target as never, entries, options).catch((error: { code?: string }) => {
            if (error.code !== 'HOLD_FULL') throw error
            return { held: true, waiting: 3, entries: [{ already: false, differs: false }] }
          }),
        ),
      })),
      broken('lets go what it holds at its last moment once it holds more', (store, { place }) => ({
        append: loose(async (...args: AppendCall) => {
          const receipt = await store.append(...args)
          const now = Math.max(...place.state.held.map(({ heldAt }) => heldAt))
          const held = place.state.held.filter(({ heldAt }) => heldAt !== now - 1000)
          if ('held' in receipt) place.state = { ...place.state, held }
          return receipt
        }),
      })),
      broken('holds without end in time', (store, { place }) => ({
        append: loose(async (...args: AppendCall) => {
          const receipt = await store.append(...args)
          const held = place.state.held.map((one) => ({ ...one, heldAt: Number.MAX_SAFE_INTEGER }))
          place.state = { ...place.state, held }
          return receipt
        }),
      })),
      broken('forgets what it holds when it is closed', (store, { place }) => ({
        close: async () => {
          place.state = { ...place.state, held: [] }
          await store.close()
        },
      })),
      broken('holds everything for the default namespace', (store, { place }) => ({
        append: loose(async (...args: AppendCall) => {
          const receipt = await store.append(...args)
          const held = place.state.held.map((one) => ({ ...one, namespace: 'default' }))
          place.state = { ...place.state, held }
          return receipt
        }),
      })),
      broken('places what is held the last one first', (store, { place }) => ({
        append: loose(async (...args: AppendCall) => {
          place.state = { ...place.state, held: place.state.held.toReversed() }
          const receipt = await store.append(...args)
          place.state = { ...place.state, held: place.state.held.toReversed() }
          return receipt
        }),
      })),
      broken('compares nothing with what it holds', (store) => ({
        append: loose(async (...args: AppendCall) => {
          const receipt = await store.append(...args)
          return { ...receipt, entries: receipt.entries.map((entry) => ({ ...entry, differs: false })) }
        }),
      })),
      broken('holds for as long as there are retries', (store, { place }) => ({
        append: loose(async (...args: AppendCall) => {
          const receipt = await store.append(...args)
          const youngest = Math.max(...place.state.held.map(({ heldAt }) => heldAt))
          const held = place.state.held.map((one) => ({ ...one, heldAt: youngest }))
          place.state = { ...place.state, held }
          return receipt
        }),
      })),
    ],
  ],
  [
    'S12',
    [
      broken('loses a member that is called __proto__', (store) => ({
        update: (session, patch, condition) => {
          const { ['__proto__']: _, ...meta } = patch.meta ?? {}
          return store.update(session, { ...patch, meta }, condition)
        },
      })),
      broken('fails without a name at what it could not keep', (store) => ({
        update: (session, patch, condition) =>
          store.update(session, patch, condition).catch((error: unknown) => {
            if (StoreError.is(error) && error.code === 'INVALID_ARGUMENT') throw new RangeError('stack')
            throw error
          }),
      })),
      broken('loses U+D83C', (store) => ({
        append: loose((target: string, entries: NewEntry | NewEntry[], options: object) =>
          store.append(
            target,
            [entries].flat().map((entry) => ({
              ...entry,
              record:
                typeof entry.record === 'string'
                  ? entry.record.replaceAll('\\ud83c', '\ufffd')
                  : JSON.stringify(entry.record).replaceAll('\\ud83c', '\ufffd'),
            })),
            options,
          ),
        ),
      })),
      broken('keeps the value of a record and not its text', (store) => ({
        append: loose((target: string, entries: NewEntry | NewEntry[], options: object) =>
          store.append(
            target,
            [entries].flat().map((entry) => {
              try {
                return { ...entry, record: JSON.stringify(JSON.parse(String(entry.record))) }
              } catch {
                return entry
              }
            }),
            options,
          ),
        ),
      })),
      broken('finds a session by an id that only looks like its own', (store) => ({
        get: async (session) => (await store.get(session)) ?? store.get(`${String(session)}\u202e`),
      })),
      broken('takes any record', (store) => ({
        append: loose((target: string, entries: NewEntry, options: object) =>
          store.append(target, entries, options).catch((error: { code?: string }) => {
            if (error.code !== 'INVALID_RECORD') throw error
            return store.append(target, { record: '{}' }, options)
          }),
        ),
      })),
    ],
  ],
]

/** The last range of a list right behind the one whose ids it continues. */
function byNewest(ranges: readonly EntryRange[]): readonly EntryRange[] {
  const added = ranges.at(-1)
  const newest = ranges.findIndex(({ last }) => last + 1 === added?.first)
  return added && newest >= 0 ? ranges.slice(0, -1).toSpliced(newest + 1, 0, added) : ranges
}
