import { same } from './assert.ts'
import { type ConformanceCase, conformanceCase } from './conformance-case.ts'
import { contents, everythingOf, numbered, said } from './samples.ts'

/** S1: an acknowledged write is durable. */
export const durable: readonly ConformanceCase[] = [
  conformanceCase(
    'an acknowledged write is there when the store is opened again',
    ['read', 'append', 'reopen'],
    async ({ store, close, open }) => {
      await store.append('s', said('one'), { create: { title: 'a title' } })
      await store.append('s', [said('two'), said('three')])
      const before = await everythingOf(store, 's')
      await close()
      const again = await open()
      same(await contents(again, 's'), ['one', 'two', 'three'], 'after opening again')
      same(await everythingOf(again, 's'), before, 'the session after opening again')
    },
  ),
  conformanceCase(
    'an acknowledged write survives the SIGKILL of its process',
    ['read', 'append', 'processes'],
    async ({ open, startProcess }) => {
      const remote = await startProcess()
      for (const content of numbered(10)) await remote.append('s', said(content), { create: {} })
      await remote.kill()
      same(await contents(await open(), 's'), numbered(10), 'after the kill')
    },
  ),
]
