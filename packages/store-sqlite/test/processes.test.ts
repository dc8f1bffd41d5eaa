import { openSqliteStore } from '@faircopy/store-sqlite'
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { expectHonest } from './account.ts'
import { start } from './processes.ts'
import { all, said, temporaryPath, temporaryStore } from './temporary.ts'

const LONG = process.env['LONG'] === '1'

describe('several processes', { timeout: 120_000 }, () => {
  it('S5 S20 eight processes that make a store and append to one session at once lose nothing and keep their order', {
    timeout: 120_000,
  }, async () => {
    const path = temporaryPath()
    const count = LONG ? '1000' : '120'
    const running = Array.from({ length: 8 }, (_, i) =>
      start('append.ts', [path, `p${i}`, count, 's', '3000']),
    )
    const accounts = await Promise.all(running.map(({ ended }) => ended))
    expect(accounts.map(({ status, stderr }) => [status, stderr])).toEqual(accounts.map(() => [0, '']))
    const store = await temporaryStore({ path })
    await expectHonest(
      store,
      's',
      accounts.map(({ lines }) => lines),
    )
    expect((await store.get('s'))?.entryCount).toBe(8 * Number(count))
  })

  it('S1 S2 S21 processes killed at any moment lose nothing that was acknowledged, and alarm nobody', {
    timeout: 300_000,
  }, async () => {
    const path = temporaryPath()
    const steady = start('append.ts', [path, 'steady', LONG ? '3000' : '500', 's', '20000'])
    const accounts: Awaited<(typeof steady)['ended']>[] = []
    for (let round = 0; round < (LONG ? 40 : 5); round++) {
      const victims = ['a', 'b'].map((name) =>
        start('append.ts', [path, `${name}${round}`, '100000', 's', '20000']),
      )
      for (const [i, victim] of victims.entries()) {
        await victim.saw(`"acked":"${'ab'[i]}${round}-${5 + round * 7}"`)
        victim.process.kill('SIGKILL')
      }
      accounts.push(...(await Promise.all(victims.map(({ ended }) => ended))))
    }
    const account = await steady.ended
    expect(account.lines.filter(({ failed }) => failed !== undefined)).toEqual([])
    const store = await temporaryStore({ path })
    await expectHonest(
      store,
      's',
      [...accounts, account].map(({ lines }) => lines),
    )
  })

  it('S4 the same keys from several processes at once are stored once each', async () => {
    const path = temporaryPath()
    const running = Array.from({ length: 4 }, () => start('append.ts', [path, 'same', '60']))
    const accounts = await Promise.all(running.map(({ ended }) => ended))
    const store = await temporaryStore({ path })
    expect((await store.get('s'))?.entryCount).toBe(60)
    await expectHonest(
      store,
      's',
      accounts.map(({ lines }) => lines),
    )
  })

  it('S20 while another process holds the lock the event loop turns, reads go on, and the wait ends in StoreBusy', async () => {
    const store = await temporaryStore({ busyTimeoutMs: 300 })
    await store.append('s', { record: said('x') }, { create: {} })
    const other = new Database(store.path)
    other.exec('BEGIN IMMEDIATE')
    let turns = 0
    const turning = setInterval(() => turns++, 5)
    const late = store.append('s', { record: said('y') })
    await expect(store.append('s', { record: said('z') })).rejects.toMatchObject({
      code: 'STORE_BUSY',
      outcome: 'not-stored',
      retryable: true,
    })
    await expect(late).rejects.toMatchObject({ code: 'STORE_BUSY' })
    clearInterval(turning)
    expect(turns).toBeGreaterThan(5)
    expect(await all(store.read('s'))).toHaveLength(1)
    const waiting = store.append('s', { record: said('y') })
    other.exec('ROLLBACK')
    other.close()
    expect((await waiting).entryCount).toBe(2)
  })

  it('S20 opening waits for the lock, and for no longer than it was told', async () => {
    const path = temporaryPath()
    const holder = new Database(path)
    holder.exec('BEGIN EXCLUSIVE')
    await expect(openSqliteStore({ path, busyTimeoutMs: 50 })).rejects.toMatchObject({ code: 'STORE_BUSY' })
    const opening = openSqliteStore({ path })
    holder.exec('ROLLBACK')
    holder.close()
    await (await opening).close()
  })
})
