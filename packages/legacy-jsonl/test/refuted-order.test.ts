import type { InSteps, Reconciliation, Witness } from '@faircopy/reconcile'
import { createMemoryStore } from '@faircopy/store-core/memory'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { said, type ToldSession, toldSource, turn } from './told-source.ts'

let planImport: typeof import('@faircopy/legacy-jsonl').planImport
let runImport: typeof import('@faircopy/legacy-jsonl').runImport
let verifySource: typeof import('@faircopy/legacy-jsonl').verifySource

// A search that is wrong about one conversation. Modules are shared with other tests, which get the right one again.
beforeAll(async () => {
  vi.resetModules()
  vi.doMock('@faircopy/reconcile', async (load) => {
    const right = await load<typeof import('@faircopy/reconcile')>()
    const isWrongAbout = ({ entries }: Witness): boolean =>
      entries.some(({ fields }) => fields?.get('mistaken') !== undefined)
    return {
      ...right,
      *reconciling(canonical: Witness, legacy: Witness): InSteps<Reconciliation> {
        const found = yield* right.reconciling(canonical, legacy)
        if (!isWrongAbout(canonical) && !isWrongAbout(legacy)) return found
        const runs = found.certificate.runs.toReversed()
        return { ...found, merge: runs, certificate: { ...found.certificate, runs } }
      },
    }
  })
  ;({ planImport, runImport, verifySource } = await import('@faircopy/legacy-jsonl'))
})

afterAll(() => {
  vi.doUnmock('@faircopy/reconcile')
  vi.resetModules()
})

test('an order whose proof does not hold is written of no session, and the others are imported', async () => {
  const mark = said('assistant', 'this one the search gets wrong', { mistaken: true })
  const sessions: ToldSession[] = ['s', 't'].map((id) => ({
    id,
    database: [...turn('a'), ...(id === 's' ? [mark] : []), ...turn('b')],
    file: [...turn('a'), ...(id === 's' ? [mark] : []), ...turn('b'), ...turn('c')],
  }))
  const store = createMemoryStore()
  for (const run of ['dry', 'first', 'again']) {
    const plan = await planImport(toldSource(sessions), store)
    const report = run === 'dry' ? plan : await runImport(plan)
    const [refuted, other] = report.sessions.map((each) => ('report' in each ? each.report : each))
    expect(refuted).toMatchObject({ verdict: 'failed', reason: 'failed', action: 'unchanged' })
    expect(refuted?.problems).toMatchObject([{ code: 'order-refuted' }])
    expect(JSON.stringify(refuted?.problems)).not.toContain('this one')
    expect(other?.problems).toEqual([])
    expect([await store.get('s'), (await store.get('t'))?.entryCount]).toEqual([
      null,
      run === 'dry' ? undefined : 6,
    ])
  }
  const { findings } = await verifySource(toldSource(sessions), store)
  expect(findings.map(({ code, session }) => [code, session])).toEqual([['never-imported', 's']])
})

test('nor where the store has something of the session, and nothing of that changes', async () => {
  const mark = said('assistant', 'this one the search gets wrong', { mistaken: true })
  const store = createMemoryStore()
  const written = [...turn('a'), mark, ...turn('b')]
  await store.append(
    's',
    written.map(({ text }) => ({ record: text })),
    { create: {} },
  )
  const before = await store.get('s')
  const report = await runImport(
    await planImport(toldSource([{ id: 's', file: [...written, ...turn('c')] }]), store),
  )
  expect(report.sessions).toMatchObject([{ verdict: 'failed', problems: [{ code: 'order-refuted' }] }])
  expect(await store.get('s')).toEqual(before)
  expect(await Array.fromAsync(store.ledger({ session: 's' }))).toEqual([])
})
