import { StoreError } from '@faircopy/store-core'
import { ConformanceFailure, failsWith, holds, same } from './assert.ts'
import { type ConformanceCase, conformanceCase } from './conformance-case.ts'
import { brought, contentOf, importOf, numbered, said, saidText, undoOf } from './samples.ts'

/** S13: a page is a snapshot, and a cursor never repeats or skips. */
export const snapshot: readonly ConformanceCase[] = [
  conformanceCase(
    'a cursor goes on where its page ended, also behind later appends',
    ['read', 'told'],
    async ({ store, tell }) => {
      await tell('s', numbered(5).map(saidText))
      const first = await store.page('s', { limit: 3 })
      await tell('s', ['6', '7'].map(saidText))
      const second = await store.page('s', { limit: 3, cursor: first.next ?? '' })
      const third = await store.page('s', { limit: 3, cursor: second.next ?? '' })
      const read = [first, second, third].flatMap(({ entries }) => entries)
      same(read.map(contentOf), numbered(7), 'what the pages say')
      same(third.next, null, 'the end')
      holds(first.revision < second.revision, 'the revisions of the snapshots differ')
    },
  ),
  conformanceCase(
    'a cursor of a session that was rewritten is CursorStale',
    ['read', 'append', 'replace'],
    async ({ store }) => {
      await store.append(
        's',
        numbered(5).map((n) => said(n)),
        { create: {} },
      )
      const { next } = await store.page('s', { limit: 2 })
      await store.replace('s', { from: 2, entries: [said('other')] })
      await failsWith('CURSOR_STALE', store.page('s', { limit: 2, cursor: next ?? '' }), 'the old cursor')
      await failsWith('INVALID_ARGUMENT', store.page('s', { cursor: 'made up' }), 'no cursor at all')
    },
  ),
  conformanceCase(
    'a stream reads one generation to its end, whatever is written meanwhile',
    ['read', 'append', 'replace'],
    async ({ store }) => {
      await store.append(
        's',
        numbered(300).map((n) => said(n)),
        { create: {} },
      )
      const read: string[] = []
      for await (const entry of store.read('s')) {
        read.push(contentOf(entry))
        if (read.length === 1) await store.replace('s', { from: 1, entries: [said('other')] })
        if (read.length === 2) await store.append('s', said('more'))
      }
      same(read, numbered(300), 'what the stream says')
    },
  ),
  conformanceCase(
    'a reader never sees a part of a transaction',
    ['read', 'append'],
    async ({ store, open }) => {
      await store.append('s', said('0'), { create: {} })
      const reader = await open()
      let writing = true
      async function write(): Promise<void> {
        for (let i = 0; i < 20; i++) await store.append('s', [said('a'), said('b'), said('c')])
        writing = false
      }
      async function read(): Promise<void> {
        while (writing) {
          const { entries } = await reader.page('s', { limit: 1000 })
          holds(entries.length % 3 === 1, 'a page holds whole transactions')
          same(
            entries.map(({ seq }) => seq),
            entries.map((_, i) => i + 1),
            'places in a page',
          )
          const session = await reader.get('s')
          holds((session?.entryCount ?? 0) % 3 === 1, 'a summary counts whole transactions')
          await new Promise((resolve) => setTimeout(resolve, 0))
        }
      }
      await Promise.all([write(), read()])
    },
  ),
  conformanceCase(
    'a stream of what an undo takes away goes on to its end or fails, and never ends short',
    ['read', 'history', 'import'],
    async ({ store }) => {
      const steps = numbered(700).map((n, i) => brought(n, i + 1))
      const { session } = await store.import(importOf('s', steps))
      const streams = [store.read('s'), store.readGeneration('s', session?.generation ?? 0)]
      const readers = streams.map((stream) => stream[Symbol.asyncIterator]())
      for (const reader of readers) await reader.next()
      await store.undoImport(undoOf('s'))
      for (const reader of readers) {
        let read = 1
        try {
          while (!(await reader.next()).done) read++
          same(read, 700, 'how far a stream went that did not fail')
        } catch (error) {
          if (error instanceof ConformanceFailure) throw error
          same(StoreError.is(error) && error.code, 'GENERATION_GONE', 'what a stream fails with')
        }
      }
    },
  ),
  conformanceCase(
    'a cursor is CursorStale once its session went with an undo and came again',
    ['read', 'append', 'replace', 'fork', 'import'],
    async ({ store }) => {
      const steps = numbered(3).map((n, i) => brought(n, i + 1))
      await store.append('parent', said('one'), { create: {} })
      const comesAgain = {
        imported: (id: string) => store.import(importOf(id, steps, { run: 'run-2' })),
        created: (id: string) => store.append(id, [said('other'), said('two')], { create: {} }),
        forked: (id: string) => store.fork('parent', { id }),
      }
      for (const [id, again] of Object.entries(comesAgain)) {
        await store.import(importOf(id, steps))
        const { next } = await store.page(id, { limit: 1 })
        await store.undoImport(undoOf(id))
        await again(id)
        if (id !== 'imported') await store.replace(id, { from: 1, entries: [said('x'), said('y')] })
        await failsWith('CURSOR_STALE', store.page(id, { cursor: next ?? '' }), `the old cursor (${id})`)
      }
    },
  ),
]
