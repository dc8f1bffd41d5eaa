import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { start } from './processes.ts'
import { said, temporaryPath, temporaryStore } from './temporary.ts'

describe('S19 changes', () => {
  it('S19 a wait wakes for another process, once its commit can be read', async () => {
    const path = temporaryPath()
    const store = await temporaryStore({ path })
    await store.create('s')
    let { cursor } = await store.changes()
    const other = start('append.ts', [path, 'other', '20'])
    const seen: (number | undefined)[] = []
    while ((await store.get('s'))?.entryCount !== 20) {
      await store.waitForChange(cursor)
      const page = await store.changes(cursor)
      expect(page.changes.map(({ session, change }) => [session.id, change])).toEqual([['s', 'appended']])
      seen.push(page.changes[0]?.revision)
      cursor = page.cursor
    }
    await other.ended
    expect(seen).toEqual(seen.toSorted((a = 0, b = 0) => a - b))
  })

  it('S19 a wait is woken by the log, long before it would look by itself', async () => {
    const path = temporaryPath()
    const store = await temporaryStore({ path })
    await store.create('s')
    const { cursor } = await store.changes()
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    onTestFinished(() => {
      vi.useRealTimers()
    })
    let woken = false
    const waiting = store.waitForChange(cursor).then(() => {
      woken = true
    })
    await start('append.ts', [path, 'other', '5']).ended
    for (let ms = 0; ms < 900 && !woken; ms++) {
      vi.advanceTimersByTime(1)
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(woken).toBe(true)
    await waiting
  })

  it('S19 a process that only waits stays alive for it, and ends where it is told not to', async () => {
    const path = temporaryPath()
    const store = await temporaryStore({ path })
    const follower = start('follow.ts', [path])
    await follower.saw('waiting')
    // Another one that has nothing to stay alive for ends meanwhile: Node says so by 13.
    expect((await start('follow.ts', [path, 'false']).ended).status).toBe(13)
    expect((await start('follow.ts', ['memory', 'false']).ended).status).toBe(13)
    await store.append('s', { record: said('x') }, { create: {} })
    await follower.saw('changed')
    expect((await follower.ended).status).toBe(0)
    const inMemory = start('follow.ts', ['memory'])
    await inMemory.saw('waiting')
    expect((await start('follow.ts', ['memory', 'false']).ended).status).toBe(13)
    expect(inMemory.process.exitCode).toBeNull()
    inMemory.process.kill()
  })

  it('S19 within one commit, too, a session is told at its last change', async () => {
    const store = await temporaryStore()
    await Promise.all(['a', 'b', 'a'].map((id) => store.append(id, { record: said('x') }, { create: {} })))
    expect((await store.changes()).changes.map(({ session }) => session.id)).toEqual(['b', 'a'])
  })

  it('S19 following while many processes write misses no session, and each is told in commit order', async () => {
    const path = temporaryPath()
    const store = await temporaryStore({ path })
    const running = ['a', 'b', 'c'].map((name) => start('append.ts', [path, name, '60', name]))
    const last = new Map<string, number>()
    let cursor: string | undefined
    let over = false
    const ended = Promise.all(running.map((one) => one.ended)).then(() => {
      over = true
    })
    for (;;) {
      const wasOver = over
      const page = await store.changes(cursor, { limit: 2 })
      for (const { session, revision } of page.changes) {
        expect(revision).toBeGreaterThanOrEqual(last.get(session.id) ?? 0)
        last.set(session.id, revision)
      }
      cursor = page.cursor
      if (page.changes.length === 0 && wasOver) break
      if (page.changes.length === 0) await Promise.race([ended, store.waitForChange(cursor)])
    }
    expect([...last].toSorted()).toEqual([
      ['a', 60],
      ['b', 60],
      ['c', 60],
    ])
  })

  it('S19 from the beginning it tells each session once, however often it changed', async () => {
    const store = await temporaryStore()
    for (let i = 0; i < 50; i++)
      await store.append(i % 2 ? 'a' : 'b', { record: said(`${i}`) }, { create: {} })
    const { changes } = await store.changes()
    expect(changes.map(({ session, revision }) => [session.id, revision])).toEqual([
      ['b', 25],
      ['a', 25],
    ])
  })

  it('S19 a page ends where its sessions do, however many changes later ones have superseded', async () => {
    const store = await temporaryStore()
    const ids = Array.from({ length: 900 }, (_, i) => `s${i}`)
    for (let round = 0; round < 7; round++)
      await Promise.all(ids.map((id) => store.append(id, { record: said(`${round}`) }, { create: {} })))
    const told: string[] = []
    for (let cursor: string | undefined; told.length < ids.length; ) {
      const page = await store.changes(cursor, { limit: 400 })
      expect(page.changes).toHaveLength(Math.min(400, ids.length - told.length))
      told.push(...page.changes.map(({ session }) => session.id))
      cursor = page.cursor
    }
    expect(told).toEqual(ids)
  })

  it('S19 a cursor of a store that went back is stale, and closing ends a wait', async () => {
    const store = await temporaryStore()
    await store.create('s')
    const { cursor } = await store.changes()
    const backup = `${store.path}.backup`
    await store.backup(backup)
    const copy = await temporaryStore({ path: backup })
    await expect(copy.changes(cursor)).rejects.toMatchObject({ code: 'CURSOR_STALE' })
    const waiting = expect(store.waitForChange(cursor)).rejects.toMatchObject({ code: 'STORE_CLOSED' })
    await store.close()
    await waiting
  })

  it('S19 what an import stages is no change before it is visible', async () => {
    const store = await temporaryStore()
    await store.create('t')
    const { cursor } = await store.changes()
    let staged: unknown
    await store.import({
      run: { id: 'run', at: 1, about: {} },
      session: 's',
      about: {},
      expectedHead: null,
      steps: (async function* () {
        for (let i = 0; i < 1200; i++) {
          yield { live: { record: said(`${i}`), provenance: { importId: 'run', witness: 'file' } as const } }
        }
      })(),
      note: { key: 'k', verdict: 'v', reason: null, report: {}, certificate: null },
      confirm: async () => {
        staged = (await store.changes(cursor)).changes
      },
    })
    expect(staged).toEqual([])
    expect((await store.changes(cursor)).changes).toMatchObject([{ session: { id: 's' }, change: 'created' }])
  })
})
