import {
  type LegacySession,
  type LegacySource,
  planImport,
  verifySource,
  withLegacy,
} from '@faircopy/legacy-jsonl'
import { createMemoryStore } from '@faircopy/store-core/memory'
import { describe, expect, test } from 'vitest'

const never = new Promise<never>(() => {})
const hang = async (): Promise<never> => never
const hanging = { [Symbol.asyncIterator]: () => ({ next: hang, return: hang }) }

/** A session whose file does not answer. */
const deafSession: LegacySession = {
  namespace: 'default',
  id: 's',
  about: {},
  database: null,
  file: {
    kind: 'file',
    path: '/nowhere/s.jsonl',
    codec: 'openai-chat',
    read: () => ({ ...hanging, digest: '' }),
    unchanged: hang,
    prefixDigest: hang,
  },
}

/** A source whose listing does not answer, or else its only session's file. */
function deafSource(where: 'listing' | 'file'): LegacySource {
  return {
    path: '/nowhere',
    format: 'jsonl',
    problems: [],
    sessions: () => (where === 'listing' ? hanging : one()),
    close: async () => {},
  }
  async function* one(): AsyncGenerator<LegacySession> {
    yield deafSession
  }
}

/** What a call that begins with a signal comes to, once the signal is aborted some turns later. */
async function abortedLater(call: (signal: AbortSignal) => Promise<unknown>): Promise<unknown> {
  const controller = new AbortController()
  const outcome = call(controller.signal).then(
    () => 'done',
    (error: unknown) => error,
  )
  for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate)
  controller.abort('enough')
  return outcome
}

describe.for(['listing', 'file'] as const)('a source whose %s does not answer', (where) => {
  const store = createMemoryStore()

  test('S9 an abort ends a plan, a proof and an import of everything', async () => {
    expect(await abortedLater((signal) => planImport(deafSource(where), store, { signal }))).toBe('enough')
    const known = createMemoryStore()
    await known.create('s')
    expect(await abortedLater((signal) => verifySource(deafSource(where), known, { signal }))).toBe('enough')
    const adopted = withLegacy(createMemoryStore(), deafSource(where))
    expect(await abortedLater((signal) => adopted.legacy.importAll(signal))).toBe('enough')
    await adopted.close()
  })

  test('closing does not wait for it', async () => {
    const events: string[] = []
    const adopted = withLegacy(createMemoryStore(), deafSource(where), {
      onEvent: ({ type }) => events.push(type),
    })
    const read = adopted.legacy.importAll().catch(() => {})
    await adopted.close()
    await read
    expect(events.filter((type) => type !== 'listed' && type !== 'ready')).toEqual([])
  })
})

test('a source that is opened only after the end is closed, and not waited for', async () => {
  let open = (_: LegacySource): void => {}
  let closed = (): void => {}
  const isClosed = new Promise<void>((resolve) => {
    closed = resolve
  })
  const adopted = withLegacy(
    createMemoryStore(),
    () =>
      new Promise<LegacySource>((resolve) => {
        open = resolve
      }),
  )
  await adopted.close()
  open({ ...deafSource('file'), close: async () => closed() })
  await isClosed
})
