import { readFileSync } from 'node:fs'
import { CONFORMANCE_CASES, conformanceRuns } from '@faircopy/conformance'
import { describe, expect, it } from 'vitest'
import { BROKEN_STORES } from './broken-stores/broken-stores.ts'
import { killers } from './broken-stores/killers.ts'
import { CONTRACT, withTable } from './contract-table.ts'
import { fileSubject } from './file-subject.ts'

/** A few seconds of work, and minutes on a busy machine. */
const PATIENCE = { timeout: 600_000 }

describe('S28 every promise has a case that bites', () => {
  it('nothing is wrong with the store that is broken below', PATIENCE, async () => {
    const failed: string[] = []
    for (const { title, skipped, run } of conformanceRuns(fileSubject())) {
      expect(skipped, title).toBeNull()
      await run().catch((error: unknown) => failed.push(`${title}: ${error}`))
    }
    expect(failed).toEqual([])
  })

  for (const [invariant, stores] of BROKEN_STORES) {
    for (const { does, breakage } of stores) {
      it(`${invariant} kills a store that ${does}`, PATIENCE, async () => {
        expect(await killers(invariant, breakage)).not.toEqual([])
      })
    }
  }

  it(
    'the table in docs/contract.md is the one that the cases and the broken stores give',
    PATIENCE,
    async () => {
      const document = readFileSync(CONTRACT, 'utf8')
      const command = 'node --conditions=@faircopy/source packages/conformance/test/contract-table.ts'
      expect(document, command).toBe(await withTable(document))
    },
  )

  it('every case kills one', PATIENCE, async () => {
    const idle: string[] = []
    for (const [invariant, cases] of CONFORMANCE_CASES) {
      const stores = BROKEN_STORES.get(invariant) ?? []
      const killing = new Set(
        (await Promise.all(stores.map(({ breakage }) => killers(invariant, breakage)))).flat(),
      )
      for (const { name } of cases) if (!killing.has(name)) idle.push(`${invariant} ${name}`)
    }
    expect(idle).toEqual([])
  })
})
