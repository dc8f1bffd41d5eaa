import {
  notesOf,
  planImport,
  runImport,
  standingOf,
  undoResolution,
  verifySource,
  withLegacy,
} from '@faircopy/legacy-jsonl'
import type { JsonObject } from '@faircopy/store-core'
import { createMemoryPlace, createMemoryStore, type MemoryStore } from '@faircopy/store-core/memory'
import type { LedgerNote, LedgerRecord } from '@faircopy/store-core/operator'
import { describe, expect, test } from 'vitest'
import { said, type ToldSession, toldSource, turn } from './told-source.ts'

const impatient = { patience: async (_: number, forWhat: string) => forWhat === 'source' }

const proof = (store: MemoryStore, session: ToldSession) => verifySource(toldSource([session]), store)

async function words(store: MemoryStore, session: ToldSession): Promise<readonly string[]> {
  return (await proof(store, session)).findings.map(({ code }) => code)
}

/** Live appends while another importer has the session, then the import. */
async function appendedBefore(session: ToldSession) {
  const place = createMemoryPlace()
  const store = createMemoryStore({ place })
  const claiming = await store.claimImport('s')
  const gateway = withLegacy(createMemoryStore({ place }), toldSource([session]), impatient)
  await gateway.append('s', [{ record: said('user', 'ok').text }, { record: said('assistant', 'ok').text }])
  await gateway.close()
  if ('claim' in claiming) await claiming.claim.release()
  await runImport(await planImport(toldSource([session]), store))
  return store
}

/** The store, with a ledger that was changed behind its back. */
function forged(store: MemoryStore, change: (note: LedgerRecord) => LedgerRecord | null): MemoryStore {
  return new Proxy(store, {
    get(target, name) {
      if (name === 'ledger')
        return async function* (query: Parameters<MemoryStore['ledger']>[0]) {
          for await (const note of target.ledger(query)) {
            const changed = change(note)
            if (changed) yield changed
          }
        }
      const own: unknown = Reflect.get(target, name)
      return typeof own === 'function' ? own.bind(target) : own
    },
  })
}

const boundaryWith =
  (members: (boundary: JsonObject) => JsonObject) =>
  (note: LedgerRecord): LedgerRecord => {
    const { boundary } = note.report
    return boundary ? { ...note, report: { boundary: members(boundary as JsonObject) } } : note
  }
const certificateWith =
  (change: (certificate: JsonObject) => JsonObject) =>
  (note: LedgerRecord): LedgerRecord =>
    note.certificate ? { ...note, certificate: change(note.certificate) } : note

describe('what was appended before the import', () => {
  const file = () => [said('user', 'ok'), ...turn('a')]

  test.each<[string, ToldSession, number]>([
    ['of a file', { id: 's', file: file() }, 2],
    ['of a database', { id: 's', database: file() }, 2],
    ['of both', { id: 's', database: file(), file: [...file(), ...turn('b')] }, 3],
  ])('%s: each stretch is proven', async (_, session, proven) => {
    const store = await appendedBefore(session)
    const { findings, sessions } = await proof(store, session)
    expect(findings).toEqual([])
    expect(sessions[0]?.certificates).toEqual({ proven, bygone: 0 })
    session.file &&= [...session.file, ...turn('c')]
    session.database &&= [...session.database, ...turn('c')]
    await runImport(await planImport(toldSource([session]), store))
    expect(await words(store, session)).not.toContain('certificate-refuted')
  })

  test.each<[string, (note: LedgerRecord) => LedgerRecord | null, string]>([
    [
      'the fingerprint',
      boundaryWith((b) => ({ ...b, file: { size: 7, digest: 'f'.repeat(64) } })),
      'boundary-refuted',
    ],
    [
      'the fingerprint of rows',
      boundaryWith((b) => ({ ...b, database: { digest: '0' } })),
      'boundary-refuted',
    ],
    ['the entry, forwards', boundaryWith((b) => ({ ...b, entry: 2 })), 'boundary-refuted'],
    ['the entry, to none', boundaryWith((b) => ({ ...b, entry: 0.5 })), 'boundary-refuted'],
    ['no boundary', (note) => (note.verdict === 'boundary' ? null : note), 'boundary-refuted'],
    [
      'another boundary in the certificate',
      certificateWith((c) => ({ ...c, boundaries: [{ store: 1, told: 3, entry: 1, limit: null }] })),
      'boundary-refuted',
    ],
    [
      'none in the certificate',
      certificateWith(({ certificates = [] }) => ({ certificates })),
      'certificate-refuted',
    ],
    [
      'the certificates in another order',
      certificateWith((c) => ({ ...c, certificates: (c['certificates'] as JsonObject[]).toReversed() })),
      'certificate-refuted',
    ],
    [
      'one certificate less',
      certificateWith((c) => ({ ...c, certificates: (c['certificates'] as JsonObject[]).slice(1) })),
      'certificate-missing',
    ],
  ])('%s forged: found', async (_, change, code) => {
    const session: ToldSession = { id: 's', database: turn('a'), file: [...turn('a'), ...turn('b')] }
    const store = await appendedBefore(session)
    expect(await words(store, session)).toEqual([])
    expect(await words(forged(store, change), session)).toContain(code)
  })

  test('a boundary that was noted after the append it claims to precede: found', async () => {
    const store = createMemoryStore()
    const session: ToldSession = { id: 's', file: turn('a') }
    await store.append('s', { record: said('user', 'hello').text }, { create: {} })
    const { head = '' } = (await store.get('s')) ?? {}
    const note: LedgerNote = {
      key: 'boundary',
      verdict: 'boundary',
      reason: null,
      report: { boundary: { entry: 1, file: null, database: null } },
      certificate: null,
    }
    const run = { id: 'forged', at: 1, about: {} }
    await store.import({ run, session: 's', about: {}, expectedHead: head, steps: null, note })
    await runImport(await planImport(toldSource([session]), store))
    expect(await words(store, session)).toContain('boundary-refuted')
  })
})

describe('notes that are no word on a session', () => {
  const contested = (): ToldSession => ({
    id: 's',
    database: [...turn('a'), said('user', 'only the database says this')],
    file: [...turn('a'), said('user', 'only the file says this')],
  })
  const note = (verdict: string): LedgerNote => ({
    key: `${verdict} later`,
    verdict,
    reason: null,
    report: {},
    certificate: null,
  })

  test.each(['boundary', 'indexed'])('%s, after an ambiguous one: it stays undecided', async (verdict) => {
    const store = createMemoryStore()
    const session = contested()
    await runImport(await planImport(toldSource([session]), store))
    const { head = '' } = (await store.get('s')) ?? {}
    const run = { id: 'later', at: 1, about: {} }
    await store.import({
      run,
      session: 's',
      about: {},
      expectedHead: head,
      steps: null,
      note: note(verdict),
    })
    const notes = await notesOf(store, { namespace: 'default', id: 's' })
    expect(standingOf(notes).as).toBe('undecided')
    expect(await words(store, session)).toEqual(['undecided'])
    await expect(undoResolution({ namespace: 'default', id: 's' }, store)).rejects.toMatchObject({
      code: 'NOT_DECIDED',
    })
  })

  test('a session that is only known is not imported yet, and the import brings it', async () => {
    const store = createMemoryStore()
    const session: ToldSession = { id: 's', file: turn('a') }
    const gateway = withLegacy(store, toldSource([session]))
    await gateway.legacy.ready
    expect(standingOf(await notesOf(store, { namespace: 'default', id: 's' })).as).toBe('indexed')
    expect(await words(store, session)).toEqual(['not-imported-yet'])
    expect((await runImport(await planImport(toldSource([session]), store))).sessions[0]).toMatchObject({
      verdict: 'imported',
      entries: { added: 2 },
    })
    expect(await words(store, session)).toEqual([])
  })
})

test('lines that become no entry are kept also where nothing else is written', async () => {
  const store = createMemoryStore()
  const session: ToldSession = { id: 's', file: turn('a') }
  await runImport(await planImport(toldSource([session]), store))
  const { head, generation } = (await store.get('s')) ?? {}
  session.file = [...turn('a'), { text: 'broken' }]
  await runImport(await planImport(toldSource([session]), store))
  expect(await store.get('s')).toMatchObject({ head, generation })
  expect((await Array.fromAsync(store.quarantined('s'))).map(({ line }) => line)).toEqual([3])
  expect(await words(store, session)).toEqual([])
  const lost = new Proxy(store, {
    get(target, name) {
      const own: unknown = name === 'quarantined' ? async function* () {} : Reflect.get(target, name)
      return typeof own === 'function' ? own.bind(target) : own
    },
  })
  expect(await words(lost, session)).toEqual(['quarantine-differs'])
})
