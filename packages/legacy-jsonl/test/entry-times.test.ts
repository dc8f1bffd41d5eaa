import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openJsonlSource, planImport, runImport, verifySource } from '@faircopy/legacy-jsonl'
import { createMemoryStore } from '@faircopy/store-core/memory'
import { describe, expect, test } from 'vitest'
import { temporaryFolder } from './temporary-folder.ts'

/** A line of a chat at a minute of one day; `zone` behind it, or none. */
const line = (minute: number, zone = '', content = `message number ${minute} of this talk`): string =>
  JSON.stringify({
    role: 'user',
    content,
    timestamp: `2026-03-02T10:${String(minute).padStart(2, '0')}:00${zone}`,
  })
/** When that was, as a clock of UTC shows it; `hours` later elsewhere. */
const minute = (at: number, hours = 0): number => Date.UTC(2026, 2, 2, 10 + hours, at)

function fileOf(...lines: readonly string[]) {
  const path = join(temporaryFolder(), 's.jsonl')
  const write = (...all: readonly string[]): void =>
    writeFileSync(path, all.map((one) => `${one}\n`).join(''))
  write(...lines)
  const store = createMemoryStore()
  return {
    store,
    write,
    grow: (...more: readonly string[]) => appendFileSync(path, more.map((one) => `${one}\n`).join('')),
    lines: () => readFileSync(path, 'utf8').split('\n').slice(0, -1),
    async bringIn(timeZone?: string) {
      const source = await openJsonlSource(path, timeZone === undefined ? {} : { timeZone })
      const { sessions, totals, importId } = await runImport(await planImport(source, store))
      const { action, dated = 0, undated = 0, problems = [] } = sessions[0] ?? {}
      expect([totals.dated, totals.undated]).toEqual([dated, undated])
      return { action, dated, undated, wrote: importId !== null, problems: problems.map(({ code }) => code) }
    },
    async times() {
      return (await Array.fromAsync(store.read('s'))).map(({ at }) => at)
    },
    async findings(timeZone?: string) {
      const source = await openJsonlSource(path, timeZone === undefined ? {} : { timeZone })
      return (await verifySource(source, store)).findings
    },
  }
}

describe('entries whose lines name no zone', () => {
  test('get their times once a zone is named, each its own, and only once', async () => {
    const file = fileOf(line(1), line(2, 'Z'), line(3), line(4))
    expect(await file.bringIn()).toMatchObject({ action: 'created', dated: 0, undated: 3 })
    expect(await file.times()).toEqual([null, minute(2), null, null])
    expect(await file.bringIn()).toMatchObject({ action: 'unchanged', dated: 0, undated: 3, wrote: false })
    expect(await file.bringIn('America/New_York')).toMatchObject({ action: 'replaced', dated: 3, undated: 0 })
    const times = [minute(1, 5), minute(2), minute(3, 5), minute(4, 5)]
    expect(await file.times()).toEqual(times)
    expect(await file.findings('America/New_York')).toEqual([])
    expect(await file.bringIn('America/New_York')).toMatchObject({ dated: 0, undated: 0, wrote: false })
    expect(await file.bringIn()).toMatchObject({ dated: 0, undated: 0, wrote: false })
    expect(await file.bringIn('Europe/Berlin')).toMatchObject({ wrote: false, problems: ['other-time-zone'] })
    expect(await file.times()).toEqual(times)
    const history = await Array.fromAsync(file.store.history('s'))
    expect(history.map(({ at }) => at)).toEqual([null, null, null])
  })

  test('get them with the lines that came since, which have their own', async () => {
    const file = fileOf(line(1), line(2))
    await file.bringIn()
    file.grow(line(3), line(4, 'Z'))
    expect(await file.bringIn('Asia/Tokyo')).toMatchObject({ action: 'replaced', dated: 2, undated: 0 })
    expect(await file.times()).toEqual([minute(1, -9), minute(2, -9), minute(3, -9), minute(4)])
    expect(await file.findings('Asia/Tokyo')).toEqual([])
    file.grow(line(5), line(6))
    expect(await file.bringIn()).toMatchObject({ action: 'extended', dated: 0, undated: 2 })
  })

  test('get none where the text was removed, nor where a gateway wrote it', async () => {
    const file = fileOf(line(1), line(2), line(3))
    await file.bringIn()
    await file.store.append('s', { record: line(4), at: null })
    await file.store.redact('s', 2, 'number')
    file.grow(line(4), line(5))
    expect(await file.bringIn('UTC')).toMatchObject({ dated: 2 })
    const times = await file.times()
    expect(times.slice(0, 3)).toEqual([minute(1), null, minute(3)])
    expect(times.at(-1)).toBe(minute(5))
    expect(times).toHaveLength(5)
  })

  test('get none where a text was removed, though what they say is still what their lines say', async () => {
    const noted = (at: number): string => JSON.stringify({ ...JSON.parse(line(at)), note: 'a secret' })
    const file = fileOf(noted(1), noted(2), line(3))
    await file.bringIn()
    await file.store.redact('s', 2, 'secret')
    expect(await file.bringIn('UTC')).toMatchObject({ dated: 2 })
    expect(await file.times()).toEqual([minute(1), null, minute(3)])
  })

  test('are told by their numbers as they are, whatever zone the last import knew', async () => {
    const file = fileOf(line(1), line(2))
    expect(await file.bringIn('UTC')).toMatchObject({ dated: 0, undated: 0 })
    file.grow(line(3))
    expect(await file.bringIn()).toMatchObject({ dated: 0, undated: 1 })
    expect(await file.times()).toEqual([minute(1), minute(2), null])
    expect(await file.bringIn('UTC')).toMatchObject({ action: 'replaced', dated: 1, undated: 0 })
    expect(await file.times()).toEqual([minute(1), minute(2), minute(3)])
    expect(await file.findings('UTC')).toEqual([])
  })

  test('of the same words get each the time of their own line', async () => {
    const same = [1, 2, 3, 4].map((at) => line(at, '', 'ok'))
    const file = fileOf(line(0), ...same)
    await file.bringIn()
    expect(await file.bringIn('UTC')).toMatchObject({ dated: 5 })
    expect(await file.times()).toEqual([0, 1, 2, 3, 4].map((at) => minute(at)))
    const places = (await Array.fromAsync(file.store.read('s'))).map(({ provenance }) => provenance?.line)
    expect(places).toEqual([1, 2, 3, 4, 5])
  })
})
