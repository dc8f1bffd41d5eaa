import { chainHead, EMPTY_HEAD } from '@faircopy/store-core/operator'
import { describe, expect, it } from 'vitest'
import { noThreads } from './no-threads.ts'
import { start } from './processes.ts'
import { all, said, temporaryPath, temporaryStore } from './temporary.ts'

noThreads()

const texts = async (entries: AsyncIterable<{ readonly record: string }>) =>
  (await all(entries)).map(({ record }) => JSON.parse(record).content)

describe('replace and fork', () => {
  it('S7 a replacement far behind chains the head from a place where it is kept, and to the same head', async () => {
    const store = await temporaryStore()
    const many = Array.from({ length: 1500 }, (_, i) => ({ record: said(`${i}`) }))
    await store.append('s', many, { create: {} })
    const { head, generation, entryCount } = await store.replace('s', {
      from: 1301,
      entries: [{ record: said('other') }],
    })
    await store.append('t', [...many.slice(0, 1300), { record: said('other') }], { create: {} })
    expect([generation, entryCount, head]).toEqual([2, 1301, (await store.get('t'))?.head])
    const back = await store.replace('s', { from: 201, entries: [] })
    await store.fork('t', { id: 'u', through: 200 })
    expect(back.head).toBe((await store.get('u'))?.head)
    expect((await store.verify()).findings).toEqual([])
  })

  it('S7 after an import, whose heads are not kept, a replacement comes to the head of what it says', async () => {
    const store = await temporaryStore()
    await store.import({
      run: { id: 'run', at: 1, about: {} },
      session: 's',
      about: {},
      expectedHead: null,
      steps: (async function* () {
        for (let i = 0; i < 700; i++) {
          yield { live: { record: said(`${i}`), provenance: { importId: 'run', witness: 'file' } as const } }
        }
      })(),
      note: { key: 'k', verdict: 'v', reason: null, report: {}, certificate: null },
    })
    for (const from of [650, 600, 300, 2]) {
      await store.replace('s', { from, entries: [{ record: said(`from ${from}`) }] })
      expect((await store.verify({ session: 's' })).findings).toEqual([])
    }
  })

  it('S7 a head that was kept behind a rewrite, an import or a fork is never taken for the new one', async () => {
    const store = await temporaryStore()
    const many = (name: string, count: number) =>
      Array.from({ length: count }, (_, i) => ({ record: said(`${name} ${i}`) }))
    const rewriteTwice = async (id: string) => {
      await store.replace(id, { from: 590, entries: [{ record: said('again') }] })
      expect((await store.verify({ session: id })).findings).toEqual([])
    }
    await store.append('replaced', many('old', 600), { create: {} })
    await store.fork('replaced', { id: 'forked', through: 300 })
    await store.replace('replaced', { from: 100, entries: many('new', 500) })
    await rewriteTwice('replaced')
    await store.replace('forked', { from: 301, entries: many('new', 300) })
    await rewriteTwice('forked')
    const { head } = await store.append('imported', many('old', 600), { create: {} })
    await store.import({
      run: { id: 'run', at: 1, about: {} },
      session: 'imported',
      about: {},
      expectedHead: head,
      steps: (async function* () {
        yield { keep: { from: 1, to: 10 } }
        for (const entry of many('new', 590)) {
          yield { live: { ...entry, provenance: { importId: 'run', witness: 'file' } as const } }
        }
      })(),
      note: { key: 'k', verdict: 'v', reason: null, report: {}, certificate: null },
    })
    await rewriteTwice('imported')
  })

  it('S7 at and beside the places where heads are kept, a rewrite comes to the head of what it says', async () => {
    const store = await temporaryStore()
    const many = Array.from({ length: 520 }, (_, i) => ({ record: said(`${i}`) }))
    const edges = [255, 256, 257, 258, 511, 512, 513, 514]
    for (const first of edges)
      for (const again of edges.filter((place) => place <= first)) {
        const id = `${first} ${again}`
        await store.append(id, many, { create: {} })
        const check = async (): Promise<void> => {
          let head = EMPTY_HEAD
          for await (const { hash } of store.read(id)) head = chainHead(head, hash)
          expect((await store.get(id))?.head, id).toBe(head)
          expect((await store.verify({ session: id })).findings, id).toEqual([])
        }
        await store.replace(id, { from: first, entries: [] })
        await check()
        await store.replace(id, { from: again, entries: many.slice(0, 3) })
        await check()
        await store.append(id, many.slice(0, 3))
        await check()
        const { head } = await store.fork(id, { id: `${id} fork`, through: again })
        await store.replace(id, { from: again + 1, entries: [] })
        expect((await store.get(id))?.head, id).toBe(head)
      }
  })

  it('S7 deliveries of the replaced part are carried over, in order, unless they are named', async () => {
    const store = await temporaryStore()
    await store.append(
      's',
      [
        { record: said('question') },
        { record: said('sent 1'), kind: 'delivery', idempotencyKey: 'd1' },
        { record: said('answer') },
        { record: said('sent 2'), kind: 'delivery' },
      ],
      { create: {} },
    )
    const receipt = await store.replace('s', { from: 2, entries: [{ record: said('again') }] })
    expect(receipt.carried).toEqual([2, 4])
    expect(await texts(store.read('s'))).toEqual(['question', 'sent 1', 'sent 2', 'again'])
    const named = await store.replace('s', { from: 2, entries: [], dropDeliveries: [4] })
    expect(named.carried).toEqual([2])
    expect(await texts(store.read('s'))).toEqual(['question', 'sent 1'])
    expect(await texts(store.history('s'))).toEqual(['answer', 'sent 2', 'again'])
    await expect(store.replace('s', { from: 1, entries: [], dropDeliveries: [1] })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    })
  })

  it('S4 an operation key is kept over a restart; another call under it is a conflict', async () => {
    const path = temporaryPath()
    const store = await temporaryStore({ path })
    await store.append('s', [{ record: said('a') }, { record: said('b') }], { create: {} })
    const retry = { from: 2, entries: [{ record: said('c') }] }
    const first = await store.replace('s', retry, { operationKey: 'k' })
    const fork = await store.fork('s', { id: 'f' }, { operationKey: 'f' })
    await store.append('s', { record: said('later') })
    await store.close()
    const again = await temporaryStore({ path })
    expect(await again.replace('s', retry, { operationKey: 'k', expectedRevision: 0 })).toEqual({
      ...first,
      already: true,
    })
    expect(await again.fork('s', { id: 'f' }, { operationKey: 'f' })).toEqual(fork)
    for (const other of [
      again.replace('s', { ...retry, from: 1 }, { operationKey: 'k' }),
      again.fork('s', { id: 'g' }, { operationKey: 'k' }),
      again.replace('s', retry, { operationKey: 'f' }),
    ]) {
      await expect(other).rejects.toMatchObject({ code: 'KEY_CONFLICT' })
    }
    expect((await again.get('s'))?.entryCount).toBe(3)
  })

  it('S8 forks of forks find their keys and entries wherever those lie', async () => {
    const store = await temporaryStore()
    const keyed = (text: string) => ({ record: said(text), idempotencyKey: text })
    await store.append('a', [keyed('1'), keyed('2')], { create: {} })
    await store.fork('a', { id: 'b' })
    await store.append('b', keyed('3'))
    await store.fork('b', { id: 'c', through: 3 })
    await store.append('c', keyed('4'))
    const { entries } = await store.append('c', [keyed('1'), keyed('3'), keyed('4')])
    expect(entries.map(({ already, seq }) => [already, seq])).toEqual([
      [true, 1],
      [true, 3],
      [true, 4],
    ])
    expect(await texts(store.read('c', { direction: 'backward' }))).toEqual(['4', '3', '2', '1'])
    expect(await store.locate('c', entries[1]?.id ?? 0)).toBe(3)
    expect((await store.verify()).findings).toEqual([])
  })

  it('S2 S7 killed in the middle of replacements, a session is at one of them, whole', async () => {
    const path = temporaryPath()
    const store = await temporaryStore({ path })
    await store.append('s', [{ record: said('question') }, { record: said('sent'), kind: 'delivery' }], {
      create: {},
    })
    for (let round = 0; round < 4; round++) {
      const victim = start('work.ts', [path, 'replace', `r${round}`, '100000'])
      await victim.saw(`"acked":"r${round}-${3 + round * 5}"`)
      victim.process.kill('SIGKILL')
      const { lines } = await victim.ended
      const acked = lines.findLast((line) => line.acked !== undefined)?.acked ?? ''
      const [question, sent, answer, ...more] = await texts(store.read('s'))
      expect([question, sent, more]).toEqual(['question', 'sent', []])
      const tried = Number(String(answer).split(' ').at(-1))
      expect(tried - Number(acked.split('-')[1])).toBeOneOf([0, 1])
      expect((await store.verify()).findings).toEqual([])
    }
  })
})
