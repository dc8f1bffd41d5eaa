import type { NewEntry, NewSession } from '@faircopy/store-core'
import { createMemoryStore } from '@faircopy/store-core/memory'
import type { ImportStep } from '@faircopy/store-core/operator'
import { type AppendCall, type BrokenStore, broken, loose } from './broken-store.ts'

/** The members of an entry that a store knows. */
const known = ({ kind, record, at, idempotencyKey, correlation }: NewEntry): NewEntry =>
  ({ kind, record, at, idempotencyKey, correlation }) as NewEntry

/** Stores that take what they should refuse, or look too late, or twice. */
export const careless: readonly BrokenStore[] = [
  broken('takes a misspelt member of an entry for none', (store) => ({
    append: loose((target: string, entries: NewEntry | NewEntry[], options?: object) =>
      store.append(
        target,
        Array.isArray(entries) ? entries.map((one) => (one ? known(one) : one)) : entries,
        options,
      ),
    ),
  })),
  broken('names no entry in what it refuses', (store) => ({
    append: loose(async (...args: AppendCall) =>
      store.append(...args).catch((error: Error) => {
        error.message = error.message.replace(/^entries\.\d+/, 'entry')
        throw error
      }),
    ),
  })),
  broken('looks at the options once there is something to do', (store) => ({
    append: loose(async (...args: AppendCall) =>
      store.append(...args).catch((error: unknown) => {
        if (typeof args[0] === 'object' && args[2]?.create) return store.append(args[0], args[1])
        throw error
      }),
    ),
  })),
  broken('clears what is undefined', (store) => ({
    update: async (session, patch, options) =>
      store.update(
        session,
        Object.fromEntries(Object.entries(patch).map(([name, value]) => [name, value ?? null])),
        options,
      ),
  })),
  broken('looks at an entry first and reads it afterwards', (store) => ({
    appender: (scope) => {
      const narrow = store.appender(scope)
      return {
        append: loose(async (target: string, entry: NewEntry, options?: object) =>
          scope.kinds.includes(entry.kind ?? 'message')
            ? store.append(target, { ...entry }, { ...options, writer: scope.writer })
            : narrow.append(target, entry, options),
        ),
      }
    },
  })),
  broken('reads what it is told of a session twice', (store) => ({
    create: async (session, about = {}) =>
      store.create(session, about.meta ? { ...about } : (about as NewSession)),
  })),
  broken('hears an abort only where it waits', (store) => ({
    prune: async (policy) => store.prune(policy),
    verify: async () => store.verify(),
  })),
  broken('goes on when it is closed', (_, { place }) => ({
    close: async () => {},
    get: async (session) => createMemoryStore({ place }).get(session),
  })),
]

/** Imports that take their steps as they like. */
export const stepless: readonly BrokenStore[] = [
  broken('does what it understands of the steps', (store) => ({
    import: async (plan) =>
      store.import({
        ...plan,
        steps:
          plan.steps &&
          (async function* (steps) {
            for await (const step of steps) if (isStep(step)) yield step
          })(plan.steps),
      }),
  })),
  broken('keeps what there is of the places that it shall keep', (store) => ({
    import: async (plan) => {
      const count = (await store.get(plan.session))?.entryCount ?? 0
      return store.import({
        ...plan,
        steps:
          plan.steps &&
          (async function* (steps): AsyncGenerator<ImportStep> {
            for await (const step of steps) {
              if (!('keep' in step)) yield step
              else if (count > 0) yield { keep: { ...step.keep, to: Math.min(step.keep.to, count) } }
            }
          })(plan.steps),
      })
    },
  })),
  broken('takes the steps before it looks at the session', (store) => ({
    import: async (plan) => {
      const steps: ImportStep[] = []
      for await (const step of plan.steps ?? []) steps.push(step)
      if (!steps.every(isStep))
        await store.import({ ...plan, session: 'other', expectedHead: null, steps: any(steps) })
      return store.import({ ...plan, steps: plan.steps && any(steps) })
    },
  })),
  broken('lets an import change the codec', (store, { place }) => ({
    import: async (plan) => {
      const receipt = await store.import(plan)
      const { codec } = plan.about
      place.state = {
        ...place.state,
        sessions: place.state.sessions.map((one) =>
          codec ? { ...one, about: { ...one.about, codec } } : one,
        ),
      }
      return receipt
    },
  })),
  broken('tells of an import that changed nothing', (store) => ({
    import: async (plan) => {
      const before = await store.get(plan.session)
      const receipt = await store.import(plan)
      if (before && receipt.session?.head === before.head) await store.update(plan.session, {})
      return receipt
    },
  })),
]

const any = (value: unknown): never => value as never

function isStep(step: ImportStep | null): boolean {
  return step !== null && ['live', 'history', 'keep', 'quarantine'].some((name) => name in step)
}
