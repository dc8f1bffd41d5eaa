import { describe, expect, it } from 'vitest'
import { all, said, temporaryStore } from './temporary.ts'

async function filled(count: number) {
  const store = await temporaryStore()
  await store.create('s')
  await store.append(
    's',
    Array.from({ length: count }, (_, i) => ({ record: said(`${i + 1}`) })),
  )
  return store
}

describe('reading', () => {
  it('S13 pages forward are dense, and see what was appended meanwhile', async () => {
    const store = await filled(25)
    const first = await store.page('s', { limit: 10 })
    await store.append('s', { record: said('26') })
    const seqs = first.entries.map(({ seq }) => seq)
    for (let next = first.next; next !== null; ) {
      const page = await store.page('s', { limit: 10, cursor: next })
      seqs.push(...page.entries.map(({ seq }) => seq))
      next = page.next
    }
    expect(seqs).toEqual(Array.from({ length: 26 }, (_, i) => i + 1))
  })

  it('S13 S14 pages backward, with bounds', async () => {
    const store = await filled(25)
    const seqs: number[] = []
    let cursor: string | undefined
    do {
      const page = await store.page('s', {
        direction: 'backward',
        from: 3,
        to: 20,
        limit: 7,
        ...(cursor && { cursor }),
      })
      seqs.push(...page.entries.map(({ seq }) => seq))
      cursor = page.next ?? undefined
    } while (cursor)
    expect(seqs).toEqual(Array.from({ length: 18 }, (_, i) => 20 - i))
  })

  it('S13 a stream reads what the session said when it began', async () => {
    const store = await filled(1000)
    const seen: number[] = []
    for await (const { seq } of store.read('s')) {
      if (seq === 300) await store.append('s', { record: said('late') })
      seen.push(seq)
    }
    expect(seen).toEqual(Array.from({ length: 1000 }, (_, i) => i + 1))
    expect(await all(store.read('s', { from: 998 }))).toHaveLength(4)
    expect(
      (await all(store.read('s', { from: 5, to: 7, direction: 'backward' }))).map(({ seq }) => seq),
    ).toEqual([7, 6, 5])
    expect(await all(store.read('s', { from: 5000 }))).toEqual([])
    expect(await all(store.read('s', { to: 0 }))).toEqual([])
  })

  it('S13 a stream that is asked ahead, or left early, gives each entry once and in order', async () => {
    const store = await filled(600)
    const ahead = store.read('s')[Symbol.asyncIterator]()
    const answers = await Promise.all(Array.from({ length: 602 }, () => ahead.next()))
    expect(answers.map(({ done, value }) => (done ? null : value.seq))).toEqual([
      ...Array.from({ length: 600 }, (_, i) => i + 1),
      null,
      null,
    ])
    const left = store.read('s')[Symbol.asyncIterator]()
    expect((await left.next()).value?.seq).toBe(1)
    expect(await left.return?.()).toMatchObject({ done: true })
    expect(await left.next()).toMatchObject({ done: true })
  })

  it('S13 a stream of long records gives all of them, in both directions', async () => {
    const store = await filled(3)
    const long = said('x'.repeat(3_000_000))
    for (let i = 0; i < 4; i++) await store.append('s', [{ record: long }, { record: said(`${i}`) }])
    const forward = await all(store.read('s'))
    expect(forward.map(({ seq }) => seq)).toEqual(Array.from({ length: 11 }, (_, i) => i + 1))
    expect(await all(store.read('s', { direction: 'backward' }))).toEqual(forward.toReversed())
  })

  it('S13 a cursor of a rewritten session is stale', async () => {
    const store = await filled(20)
    const { next } = await store.page('s', { limit: 5 })
    const session = await store.get('s')
    await store.import({
      run: { id: 'run', at: 1, about: {} },
      session: 's',
      about: {},
      expectedHead: session?.head ?? null,
      steps: (async function* () {
        yield { keep: { from: 2, to: 20 } }
      })(),
      note: { key: 'k', verdict: 'merged', reason: null, report: {}, certificate: null },
    })
    await expect(store.page('s', { cursor: next ?? '' })).rejects.toMatchObject({ code: 'CURSOR_STALE' })
  })

  it('S13 a stream goes on in the generation it began with', async () => {
    const store = await filled(600)
    const seen: string[] = []
    for await (const { seq, record } of store.read('s')) {
      if (seq === 10) {
        const session = await store.get('s')
        await store.import({
          run: { id: 'run', at: 1, about: {} },
          session: 's',
          about: {},
          expectedHead: session?.head ?? null,
          steps: (async function* () {
            yield { keep: { from: 1, to: 1 } }
          })(),
          note: { key: 'k', verdict: 'merged', reason: null, report: {}, certificate: null },
        })
      }
      seen.push(record)
    }
    expect(seen).toEqual(Array.from({ length: 600 }, (_, i) => said(`${i + 1}`)))
    expect(await all(store.read('s'))).toHaveLength(1)
    expect(await all(store.history('s'))).toHaveLength(599)
  })

  it('S14 a listing is ordered by bytes and pages through everything once', async () => {
    const store = await temporaryStore()
    const ids = ['b', 'a', 'B', '\u{1f600}', '\uffee', 'ä', 'a0']
    for (const id of ids) await store.create(id)
    for (const id of ids) await store.create({ namespace: 'other', id })
    const sorted = ids.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    const seen: string[][] = []
    let cursor: string | undefined
    do {
      const page = await store.list({ limit: 3, ...(cursor && { cursor }) })
      seen.push(...page.sessions.map(({ namespace, id }) => [namespace, id]))
      cursor = page.next ?? undefined
    } while (cursor)
    expect(seen).toEqual([...sorted.map((id) => ['default', id]), ...sorted.map((id) => ['other', id])])
    expect((await all(store.sessions({ namespace: 'other' }))).map(({ id }) => id)).toEqual(sorted)
    expect(await all(store.sessions({ namespace: 'none' }))).toEqual([])
  })

  it('S15 an unknown session is null to get and an error to everything else', async () => {
    const store = await temporaryStore()
    expect(await store.get('s')).toBeNull()
    await expect(all(store.read('s'))).rejects.toMatchObject({ code: 'NO_SESSION' })
    await expect(store.page('s')).rejects.toMatchObject({ code: 'NO_SESSION' })
    await expect(all(store.history('s'))).rejects.toMatchObject({ code: 'NO_SESSION' })
    await expect(store.generations('s')).rejects.toMatchObject({ code: 'NO_SESSION' })
    await expect(store.locate('s', 1)).rejects.toMatchObject({ code: 'NO_SESSION' })
    await expect(store.page('s', { cursor: 'nonsense' })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
  })

  it('closes once, waits for what was accepted, and refuses by name afterwards', async () => {
    const store = await temporaryStore()
    await store.create('s')
    const waiting = Array.from({ length: 20 }, (_, i) => store.append('s', { record: said(`${i}`) }))
    const closed = store.close()
    await expect(store.append('s', { record: said('late') })).rejects.toMatchObject({ code: 'STORE_CLOSED' })
    await closed
    await store.close()
    expect((await Promise.all(waiting)).at(-1)?.entryCount).toBe(20)
    await expect(store.get('s')).rejects.toMatchObject({ code: 'STORE_CLOSED' })
    await expect(all(store.read('s'))).rejects.toMatchObject({ code: 'STORE_CLOSED' })
    expect(JSON.stringify(store)).toBe(JSON.stringify({ store: 'sqlite', path: store.path }))
  })
})
