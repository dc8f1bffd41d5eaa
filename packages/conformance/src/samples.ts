import type {
  Entry,
  HistoryReader,
  NewEntry,
  NewSession,
  SessionRef,
  TranscriptReader,
} from '@faircopy/store-core'
import type { ImportStep, ImportUndo, SessionImport } from '@faircopy/store-core/operator'

/** A message of the user. */
export function said(content: string, more: Partial<NewEntry> = {}): NewEntry {
  return { record: saidText(content), ...more }
}

/** The record of a message of the user. */
export function saidText(content: string): string {
  return JSON.stringify({ role: 'user', content })
}

/** A delivery, as a mirror writes it. */
export function delivered(content: string, idempotencyKey?: string): NewEntry {
  return {
    kind: 'delivery',
    record: JSON.stringify({ role: 'assistant', content, mirror: true, mirror_source: 'cron' }),
    ...(idempotencyKey !== undefined && { idempotencyKey }),
  }
}

/** What a message or delivery of these says. */
export function contentOf({ record }: { readonly record: string }): string {
  return String((JSON.parse(record) as { content?: unknown }).content)
}

/** All of a stream. */
export async function all<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = []
  for await (const item of stream) items.push(item)
  return items
}

/** What a session says, entry by entry. */
export async function contents(reader: TranscriptReader, session: SessionRef): Promise<string[]> {
  return (await all(reader.read(session))).map(contentOf)
}

/** Everything that a caller can tell of a session but for the time. */
export async function everythingOf(reader: TranscriptReader, session: SessionRef): Promise<unknown> {
  const found = await reader.get(session)
  if (!found) return null
  const { updatedAt: _, ...facts } = found
  return { facts, entries: await all(reader.read(session)) }
}

/** An import of one session. */
export function importOf(
  session: SessionRef,
  steps: readonly ImportStep[],
  more: {
    readonly key?: string
    readonly run?: string
    readonly expectedHead?: string | null
    readonly about?: NewSession
  } = {},
): SessionImport {
  return {
    run: { id: more.run ?? 'run-1', at: 1_600_000_000_000, about: {} },
    session,
    about: more.about ?? {},
    expectedHead: more.expectedHead ?? null,
    steps: (async function* () {
      yield* steps
    })(),
    note: { key: more.key ?? 'key-1', verdict: 'imported', reason: null, report: {}, certificate: null },
  }
}

/** The undo of an import. */
export function undoOf(session: SessionRef, importId = 'run-1'): ImportUndo {
  return { importId, session, run: { id: `undo of ${importId}`, at: 1_600_000_000_001, about: {} } }
}

/** A step that brings a message, as found in a line of a file. */
export function brought(content: string, line: number): ImportStep {
  return { live: { ...said(content), provenance: { importId: 'run-1', witness: 'file', line } } }
}

/** What stands for what did not come in time. */
export const STILL_WAITING = 'still waiting'

/** What a promise comes to within some turns of the event loop, or {@link STILL_WAITING}. */
export async function soon(promise: Promise<unknown>): Promise<unknown> {
  return within(0, promise)
}

/**
 * What a promise comes to in a time in which a busy machine, too, does what does not wait for anything; or
 * {@link STILL_WAITING}. `work` is done again and again meanwhile: for what has to be written on the way.
 */
export async function inTime(promise: Promise<unknown>, work?: () => Promise<unknown>): Promise<unknown> {
  return within(2000, promise, work)
}

async function within(
  ms: number,
  promise: Promise<unknown>,
  work?: () => Promise<unknown>,
): Promise<unknown> {
  let outcome: unknown = STILL_WAITING
  void promise.then((one) => {
    outcome = one
  })
  const begun = performance.now()
  for (let turn = 0; turn < 20 || performance.now() - begun < ms; turn++) {
    if (outcome !== STILL_WAITING) break
    await work?.()
    await new Promise((resolve) => setTimeout(resolve, 0))
  }
  return outcome
}

/** `done`, or what a promise was rejected with. */
export function outcomeOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => 'done',
    (error: unknown) => error,
  )
}

/** Numbers 1 to n, as texts. */
export function numbered(n: number, prefix = ''): string[] {
  return Array.from({ length: n }, (_, i) => `${prefix}${i + 1}`)
}

/** The ids of entries. */
export function idsOf(entries: readonly Pick<Entry, 'id'>[]): number[] {
  return entries.map(({ id }) => id)
}

/** Everything that history can tell of a session. */
export async function pastOf(reader: HistoryReader, session: SessionRef): Promise<unknown> {
  const generations = await reader.generations(session)
  const said: unknown[] = []
  for (const { generation } of generations) said.push(await all(reader.readGeneration(session, generation)))
  return { history: await all(reader.history(session)), generations, said }
}
