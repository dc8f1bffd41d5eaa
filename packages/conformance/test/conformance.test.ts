import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { CONFORMANCE_CASES, conformanceRuns, NEEDS, storeConformance } from '@faircopy/conformance'
import { InvalidArgument } from '@faircopy/store-core'
import { describe, expect, it } from 'vitest'
import { fileSubject } from './file-subject.ts'
import { memorySubject } from './memory-subject.ts'
import { overriding } from './overriding.ts'

storeConformance({ describe, it }, memorySubject())

describe('S28 the run itself', () => {
  it('is the same under node:test, where what is declined is skipped', () => {
    const source = process.env['TEST_AGAINST'] === 'dist' ? [] : ['--conditions=@faircopy/source']
    const file = fileURLToPath(new URL('node-test/memory.ts', import.meta.url))
    const { stdout, stderr, status } = spawnSync(
      process.execPath,
      [...source, '--test', '--test-reporter=tap', file],
      { encoding: 'utf8' },
    )
    expect(stderr).toBe('')
    expect(status, stdout).toBe(0)
    const runs = conformanceRuns(memorySubject())
    const told = (what: string): number => Number(new RegExp(`^# ${what} (\\d+)$`, 'm').exec(stdout)?.[1])
    expect([told('tests'), told('fail'), told('skipped')]).toEqual([
      runs.length,
      0,
      runs.filter(({ skipped }) => skipped !== null).length,
    ])
    expect(told('skipped')).toBeGreaterThan(0)
    expect(stdout).toContain('(declined: backup: there is nothing to copy it to)')
  })

  it('is red where something is missing and not declined', async () => {
    const subject = memorySubject()
    const { backup: _, ...declines } = subject.declines ?? {}
    const red = await failures({ ...subject, declines })
    expect(red).toEqual([
      'S28 backup is there',
      'S19 a cursor is CursorStale in a restored backup',
      'S25 a backup is made while the store is used, and says the same',
    ])
  })

  it('is red where something is declined and there', async () => {
    const red = await failures({ ...fileSubject(), declines: { search: 'not wanted' } })
    expect(red).toEqual(['S28 search is declined, and is not there: not wanted'])
  })

  it('skips every case that needs what is declined, and no other', () => {
    for (const need of NEEDS) {
      const runs = conformanceRuns({ ...fileSubject(), declines: { [need]: 'a reason' } })
      const skipped = runs.filter((run) => run.skipped !== null)
      const needing = [...CONFORMANCE_CASES.values()].flat().filter((one) => one.needs.includes(need))
      expect(skipped.map(({ title }) => title.replace(/^S\d+ /, ''))).toEqual(needing.map(({ name }) => name))
    }
  })

  it('clears up after a case, whether it passes or fails', async () => {
    const open = new Set<string>()
    const subject = fileSubject({
      store: (store) => overriding(store, { list: () => Promise.reject(new Error('broken')) }),
    })
    const counting = {
      ...subject,
      newPlace: async () => {
        const place = await subject.newPlace()
        open.add(place)
        return place
      },
      removePlace: (place: string) => void open.delete(place),
    }
    expect((await failures(counting)).length).toBeGreaterThan(0)
    expect([...open]).toEqual([])
  })

  it('refuses a subject or a runner that is none, by name', () => {
    const subject = memorySubject()
    expect(() => storeConformance({ describe, it }, { ...subject, name: '' })).toThrow(/subject\.name/)
    expect(() => storeConformance({ describe, it }, { ...subject, open: 3 as never })).toThrow(
      InvalidArgument,
    )
    expect(() => storeConformance({ describe, it: (() => {}) as never }, subject)).toThrow(/runner\.it/)
    expect(() =>
      storeConformance({ describe, it }, { ...subject, faults: { fire: () => {} } as never }),
    ).toThrow(/subject\.faults/)
    expect(() =>
      storeConformance({ describe, it }, { ...subject, declines: { telepathy: 'x' } as never }),
    ).toThrow(/subject\.declines/)
  })
})

async function failures(subject: Parameters<typeof conformanceRuns>[0]): Promise<string[]> {
  const red: string[] = []
  for (const { title, skipped, run } of conformanceRuns(subject)) {
    if (skipped === null) await run().catch(() => red.push(title))
  }
  return red
}
