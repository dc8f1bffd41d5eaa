import { planImport, runImport, undoImport } from '@faircopy/legacy-jsonl'
import type { NewSession } from '@faircopy/store-core'
import { createMemoryStore } from '@faircopy/store-core/memory'
import { describe, expect, test } from 'vitest'
import { type ToldSession, toldSource, turn } from './told-source.ts'

const chat = { platform: 'telegram', chat: '1' }

/** A session that is imported again each time that its index tells something else of it. */
function sessionWith(about: NewSession) {
  const store = createMemoryStore()
  const session: ToldSession = { id: 's', file: turn('a'), about }
  return {
    store,
    async bringIn(told: NewSession = {}) {
      session.about = told
      const plan = await planImport(toldSource([session]), store)
      const planned = plan.sessions[0]?.report.facts ?? null
      const { sessions, importId } = await runImport(plan)
      expect(sessions[0]?.facts ?? null).toEqual(planned)
      return { facts: planned, importId }
    },
    async known() {
      const { title, origin, meta, startedAt, endedAt, endReason } = (await store.get('s')) ?? {}
      return { title, origin, meta, startedAt, endedAt, endReason }
    },
  }
}

describe('what a source tells of a session that was imported', () => {
  test('is filled in where the store does not have it, each fact by itself, and only once', async () => {
    const of = sessionWith({})
    await of.bringIn({ title: 'first' })
    const told = { title: 'first', origin: chat, startedAt: 5, meta: { a: 1 } }
    expect((await of.bringIn(told)).facts).toEqual({ filled: ['origin', 'startedAt', 'meta.a'], kept: [] })
    expect(await of.known()).toMatchObject({ title: 'first', origin: chat, startedAt: 5, meta: { a: 1 } })
    expect(await of.bringIn(told)).toEqual({ facts: null, importId: null })
    expect((await of.bringIn({ ...told, meta: { a: 1, b: [2] } })).facts).toEqual({
      filled: ['meta.b'],
      kept: [],
    })
    expect((await of.known()).meta).toEqual({ a: 1, b: [2] })
  })

  test('leaves what the store has, and says once what is told otherwise', async () => {
    const of = sessionWith({})
    await of.bringIn({ title: 'first', meta: { a: 1 } })
    const told = { title: 'second', meta: { a: 2 } }
    expect((await of.bringIn(told)).facts).toEqual({ filled: [], kept: ['title'] })
    expect(await of.known()).toMatchObject({ title: 'first', meta: { a: 1 } })
    expect(await of.bringIn(told)).toEqual({ facts: null, importId: null })
    expect((await of.bringIn({ ...told, title: 'third' })).facts).toEqual({ filled: [], kept: ['title'] })
  })

  test('is filled in anew where it is told anew and a gateway took it away', async () => {
    const of = sessionWith({})
    await of.bringIn({ title: 'first' })
    await of.store.update('s', { title: null })
    expect((await of.bringIn({ title: 'first' })).facts).toBeNull()
    expect((await of.bringIn({ title: 'second' })).facts).toEqual({ filled: ['title'], kept: [] })
    expect((await of.known()).title).toBe('second')
  })

  test('ends no session that was gone on with since', async () => {
    const of = sessionWith({})
    await of.bringIn({})
    const ended = { endedAt: 7, endReason: 'idle' }
    expect((await of.bringIn(ended)).facts).toEqual({ filled: ['endedAt', 'endReason'], kept: [] })
    const other = sessionWith({})
    await other.bringIn({})
    await other.store.append('s', { record: turn('b')[0]?.text ?? '' })
    expect((await other.bringIn({ ...ended, title: 'first' })).facts).toEqual({ filled: ['title'], kept: [] })
    expect(await other.known()).toMatchObject({ title: 'first', endedAt: null, endReason: null })
  })

  test('is taken back with the import that filled it in, and what was changed since stays', async () => {
    const of = sessionWith({})
    await of.bringIn({})
    const { importId } = await of.bringIn({ title: 'first', origin: chat, meta: { a: 1, b: 2 } })
    await of.store.update('s', { title: 'by hand' })
    await undoImport(of.store, importId ?? '')
    expect(await of.known()).toMatchObject({ title: 'by hand', origin: null, meta: {} })
  })
})
