import type { OriginTarget } from '@faircopy/store-core'
import { describe, expect, it } from 'vitest'
import { start } from './processes.ts'
import { all, said, temporaryPath, temporaryStore } from './temporary.ts'

const delivery = (text: string, idempotencyKey: string) => ({
  kind: 'delivery',
  record: said(text),
  idempotencyKey,
})
const held = (chat: string): OriginTarget => ({
  origin: { platform: 'telegram', chat },
  whenAbsent: 'hold',
})

describe('origins, deliveries and narrow appenders', () => {
  it('S10 eight processes that append to the same origins at once make one session of each', async () => {
    const path = temporaryPath()
    const running = Array.from({ length: 8 }, (_, i) => start('work.ts', [path, 'route', `p${i}`, '20']))
    const accounts = await Promise.all(running.map(({ ended }) => ended))
    expect(accounts.map(({ status, stderr }) => [status, stderr])).toEqual(accounts.map(() => [0, '']))
    expect(accounts.flatMap(({ lines }) => lines.filter(({ failed }) => failed !== undefined))).toEqual([])
    const store = await temporaryStore({ path })
    const sessions = await all(store.sessions())
    expect(sessions).toHaveLength(20)
    expect(sessions.map(({ entryCount }) => entryCount)).toEqual(sessions.map(() => 8))
    expect((await store.verify()).findings).toEqual([])
  })

  it('S4 a delivery that four processes bring to sessions of their own is stored once', async () => {
    const path = temporaryPath()
    const running = Array.from({ length: 4 }, (_, i) => start('work.ts', [path, 'deliver', `p${i}`, '40']))
    const accounts = await Promise.all(running.map(({ ended }) => ended))
    expect(accounts.map(({ status }) => status)).toEqual([0, 0, 0, 0])
    const store = await temporaryStore({ path })
    const sessions = await all(store.sessions())
    expect(sessions.reduce((sum, { entryCount }) => sum + entryCount, 0)).toBe(40)
    const told = accounts.flatMap(({ lines }) =>
      lines.filter(({ acked }) => acked !== undefined).map(({ acked, did }) => ({ acked, did })),
    ) as { acked: string; did: { session: { id: string }; entries: { id: number }[] } }[]
    for (let n = 1; n <= 40; n++) {
      const places = told
        .filter(({ acked }) => acked.endsWith(`-${n}`))
        .map(({ did }) => [did.session.id, did.entries[0]?.id])
      expect(places).toHaveLength(4)
      expect(new Set(places.map((place) => JSON.stringify(place))).size).toBe(1)
    }
  })

  it('S11 held deliveries are there after a restart, and are placed once, first, by whatever creates the session', async () => {
    const path = temporaryPath()
    const store = await temporaryStore({ path })
    for (const chat of ['create', 'append', 'fork', 'import']) {
      await store.append(held(chat), [delivery('1', `${chat} 1`), delivery('2', `${chat} 2`)])
    }
    await store.append('parent', { record: said('past') }, { create: {} })
    await store.close()
    const again = await temporaryStore({ path })
    expect((await again.facts()).heldDeliveries).toBe(8)
    const origin = (chat: string) => ({ origin: { platform: 'telegram', chat } })
    await again.create('create', origin('create'))
    await again.append('append', delivery('2', 'append 2'), { create: origin('append') })
    await again.fork('parent', { id: 'fork', ...origin('fork') })
    await again.import({
      run: { id: 'run', at: 1, about: {} },
      session: 'import',
      about: origin('import'),
      expectedHead: null,
      steps: (async function* () {
        yield { live: { record: said('old'), provenance: { importId: 'run', witness: 'file' } as const } }
      })(),
      note: { key: 'k', verdict: 'v', reason: null, report: {}, certificate: null },
    })
    const said_ = async (id: string) =>
      (await all(again.read(id))).map(({ record }) => JSON.parse(record).content)
    expect(await Promise.all(['create', 'append', 'fork', 'import'].map(said_))).toEqual([
      ['1', '2'],
      ['1', '2'],
      ['past', '1', '2'],
      ['old', '1', '2'],
    ])
    expect((await again.facts()).heldDeliveries).toBe(0)
    await again.create('other', origin('create'))
    expect((await again.get('other'))?.entryCount).toBe(0)
  })

  it('S11 holds are bounded in number and age', async () => {
    let now = 1
    const store = await temporaryStore({ now: () => now, policy: { heldPerOrigin: 2, heldForMs: 100 } })
    await store.append(held('1'), [delivery('a', 'a'), delivery('b', 'b')])
    await expect(store.append(held('1'), delivery('c', 'c'))).rejects.toMatchObject({ code: 'HOLD_FULL' })
    expect(await store.append(held('1'), delivery('b', 'b'))).toMatchObject({ held: true, waiting: 2 })
    await store.append(held('2'), delivery('c', 'c'))
    now += 101
    expect(await store.append(held('1'), delivery('a', 'a'))).toMatchObject({
      waiting: 1,
      entries: [{ already: false }],
    })
  })

  it('S4 S11 of a stored and a new delivery in one call, only the new one is held', async () => {
    const store = await temporaryStore()
    await store.append('s', delivery('a', 'a'), { create: {} })
    expect(await store.append(held('1'), [delivery('a', 'a'), delivery('b', 'b')])).toEqual({
      held: true,
      waiting: 1,
      entries: [
        { already: true, differs: false },
        { already: false, differs: false },
      ],
    })
  })

  it('a narrow appender stamps its writer and refuses other kinds before anything is stored', async () => {
    const store = await temporaryStore()
    const mirror = store.appender({ writer: 'mirror', kinds: ['delivery'] })
    await store.create('s')
    await mirror.append('s', delivery('a', 'a'), { writer: 'forged' })
    await expect(mirror.append('s', [delivery('b', 'b'), { record: said('c') }])).rejects.toMatchObject({
      code: 'KIND_REFUSED',
    })
    let asked = 0
    const sly = {
      ...delivery('d', 'd'),
      get kind() {
        return asked++ === 0 ? 'delivery' : 'message'
      },
    }
    await mirror.append('s', sly).catch(() => {})
    const entries = await all(store.read('s'))
    expect(new Set(entries.map(({ kind, writer }) => `${kind} by ${writer}`))).toEqual(
      new Set(['delivery by mirror']),
    )
    expect(Object.keys(mirror)).toEqual(['append'])
  })
})

it('S10 a session is given as it stands, also in the transaction in which it is written to', async () => {
  const store = await temporaryStore()
  const origin = { platform: 'telegram', chat: '1' }
  const opening = { session: { create: { id: 's', origin } } }
  await store.open({ origins: [origin] }, opening)
  const [receipt, opened] = await Promise.all([
    store.append('s', { record: said('one') }),
    store.open({ origins: [origin] }, opening),
  ])
  expect([opened.how, opened.session.revision, opened.session.entryCount]).toEqual([
    'found',
    receipt.revision,
    1,
  ])
  expect(opened.session).toEqual(await store.get('s'))
})
