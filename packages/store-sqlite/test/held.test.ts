// What goes in steps, where the event loop is found held at every look: each step is then as short as it may get.
import { readdirSync, readlinkSync } from 'node:fs'
import type { Session } from '@faircopy/store-core'
import type { SqliteStore } from '@faircopy/store-sqlite'
import { describe, expect, it, vi } from 'vitest'
import { all, said, temporaryStore } from './temporary.ts'

// Before anything is loaded: the clock that the store looks at goes on by so much at every look.
vi.hoisted(() => {
  const now = performance.now.bind(performance)
  let ahead = 0
  performance.now = () => {
    ahead += 10
    return now() + ahead
  }
})

/** More than are looked at in one piece, all of one minute, the latest first. */
const MANY = 4100

async function many(): Promise<SqliteStore> {
  let at = 60_000_000 + 59_000
  const store = await temporaryStore({ now: () => at })
  for (let i = 0; i < MANY; at -= 10) {
    const some = Array.from({ length: Math.min(100, MANY - i) }, () => `s${String(i++).padStart(5, '0')}`)
    await Promise.all(some.map((id) => store.create(id)))
  }
  return store
}

describe('held at every look', { timeout: 120_000 }, () => {
  it('S14 S20 listings have every session once, in their order', async () => {
    const store = await many()
    await store.update(`s0${MANY - 1}`, { endedAt: 1 })
    const named = (await all(store.sessions())).map(({ id }: Session) => id)
    expect(named).toEqual([...named].sort())
    expect(new Set(named).size).toBe(MANY)
    const recent = await all(store.sessions({ order: 'recent' }))
    expect(new Set(recent.map(({ id }) => id)).size).toBe(MANY)
    const times = recent.map(({ updatedAt }) => updatedAt)
    expect(times).toEqual([...times].sort((a, b) => b - a))
    const page = await store.list({ order: 'recent', limit: 10 })
    expect(page.sessions.map(({ id }) => id)).toEqual(recent.slice(0, 10).map(({ id }) => id))
    expect((await all(store.sessions({ state: 'ended' }))).map(({ id }) => id)).toEqual([`s0${MANY - 1}`])
  })

  it('S20 facts are of one moment, and leave nothing open', async () => {
    const store = await many()
    let isOver = false
    // At any moment there is at most one more than there was.
    const moving = (async () => {
      for (let i = 0; !isOver; i++) {
        await store.create(`z${i}`)
        await store.delete(`s${String(i).padStart(5, '0')}`)
      }
    })()
    for (let i = 0; i < 5; i++) {
      const { sessions } = await store.facts()
      expect([MANY, MANY + 1]).toContain(sessions)
    }
    isOver = true
    await moving
    await store.close()
    if (process.platform === 'linux') expect(openedHere(store.path)).toEqual([])
  })

  it('S20 S27 redact reaches every entry of the history', async () => {
    const store = await temporaryStore()
    const entries = Array.from({ length: 50 }, (_, i) => ({ record: said(`secret ${i}`) }))
    await store.append('s', entries, { create: {} })
    await store.replace('s', { from: 1, entries: [{ record: said('secret') }] })
    await store.redact('s', 51, 'secret')
    const records = [...(await all(store.history('s'))), ...(await all(store.read('s')))]
    expect(records).toHaveLength(51)
    expect(records.filter(({ record }) => record.includes('secret'))).toEqual([])
  })
})

/** The handles of this process on a store's files. */
function openedHere(path: string): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const name = readlinkSync(`/proc/self/fd/${fd}`)
      return name.startsWith(path) ? [name] : []
    } catch {
      return []
    }
  })
}
