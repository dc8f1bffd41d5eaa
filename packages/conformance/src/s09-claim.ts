import { holds, same } from './assert.ts'
import { type ConformanceCase, conformanceCase } from './conformance-case.ts'
import { brought, contents, importOf } from './samples.ts'

/** S9: one importer at a time has the claim on a session, and a dead one has none. */
export const claiming: readonly ConformanceCase[] = [
  conformanceCase(
    'one importer has the claim on a session, until it lets go',
    ['read', 'import'],
    async ({ store, open }) => {
      const other = await open()
      const first = await store.claimImport('s')
      holds('claim' in first, 'the first one gets it')
      for (const late of [await other.claimImport('s'), await store.claimImport('s')]) {
        holds('heldBy' in late, 'another one does not')
        holds(late.heldBy.host !== '' && late.heldBy.since > 0, 'and is told who has it')
      }
      holds('claim' in (await other.claimImport('t')), 'another session is free')
      await other.import(importOf('s', [brought('one', 1)]))
      same(await contents(store, 's'), ['one'], 'an import that asks nobody')
      await first.claim.release()
      const second = await other.claimImport('s')
      holds('claim' in second, 'it is free once it is released')
      await first.claim.release()
      holds('heldBy' in (await store.claimImport('s')), 'releasing twice lets go of nobody else’s')
    },
  ),
  conformanceCase('a store that is closed lets its claims go', ['import'], async ({ store, open }) => {
    const other = await open()
    const claimed = await other.claimImport('s')
    await other.close()
    holds('claim' in (await store.claimImport('s')), 'it is free')
    if ('claim' in claimed) await claimed.claim.release()
    holds('heldBy' in (await store.claimImport('s')), 'a release after the close is none')
  }),
  conformanceCase(
    'a claim outlives no process, and ends with none that lives',
    ['import', 'processes'],
    async ({ store, startProcess }) => {
      const remote = await startProcess()
      same(await remote.claimImport('s'), null, 'the claim of the other process')
      holds('heldBy' in (await store.claimImport('s')), 'it holds while its process lives')
      await remote.kill()
      holds('claim' in (await store.claimImport('s')), 'it is taken over once that is killed')
    },
  ),
  conformanceCase(
    'every one of several claims is one’s own, and ends alone',
    ['import'],
    async ({ store, open }) => {
      const other = await open()
      const sessions = ['a', 'b', { namespace: 'far', id: 'a' }] as const
      const claims = await Promise.all(sessions.map((session) => store.claimImport(session)))
      const free = async (): Promise<boolean[]> => {
        const asked: boolean[] = []
        for (const session of sessions) {
          const claiming = await other.claimImport(session)
          asked.push('claim' in claiming)
          if ('claim' in claiming) await claiming.claim.release()
        }
        return asked
      }
      same(
        [claims.every((one) => 'claim' in one), await free()],
        [true, [false, false, false]],
        'all are taken',
      )
      for (const [i, claiming] of claims.entries()) {
        if ('claim' in claiming) await claiming.claim.release()
        same(await free(), [true, i >= 1, i >= 2], `once ${i + 1} of them have ended`)
      }
    },
  ),
]
