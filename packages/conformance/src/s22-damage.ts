import { type StoreCorrupt, StoreError } from '@faircopy/store-core'
import { ConformanceFailure, holds, same } from './assert.ts'
import { type ConformanceCase, conformanceCase } from './conformance-case.ts'
import { all, contents, numbered, said } from './samples.ts'

/** S22: corruption stops writes, and is never an empty transcript. */
export const damage: readonly ConformanceCase[] = [
  conformanceCase(
    'a damaged store takes no writes and reads nothing wrong',
    ['read', 'append', 'fault:damage'],
    async ({ store, fault, close, open }) => {
      const texts = numbered(200).map((n) => n.padEnd(200, '.'))
      await store.append(
        's',
        texts.map((text) => said(text)),
        { create: {} },
      )
      await close()
      await fault('damage')
      let outcome: unknown
      try {
        const damaged = await open()
        const read = await contents(damaged, 's')
        holds(JSON.stringify(read) === JSON.stringify(texts), 'what is read is right, or an error')
        await damaged.append('s', said('more'))
        outcome = 'written'
      } catch (error) {
        if (error instanceof ConformanceFailure) throw error
        outcome = error
      }
      holds(StoreError.is(outcome), 'a damaged store fails with an error of the contract')
      holds(
        ['STORE_CORRUPT', 'NOT_A_STORE'].includes(outcome.code),
        `it says that it is damaged: ${outcome.code}`,
      )
    },
  ),
  conformanceCase(
    'a session that is damaged is named, is never no session, and leaves every other as it was',
    ['read', 'append', 'fault:wound'],
    async ({ store, fault, close, open }) => {
      for (const session of ['r', 's', 't']) await store.append(session, said(session), { create: {} })
      await close()
      await fault('wound')
      const wounded = await open()
      for (const call of [
        () => wounded.get('s'),
        () => wounded.page('s'),
        () => contents(wounded, 's'),
        () => wounded.append('s', said('more')),
        () => wounded.append('s', said('more'), { create: {} }),
        () => all(wounded.sessions()),
      ]) {
        const named = await call().then(
          () => null,
          (error: unknown) => (StoreError.is(error) ? (error as StoreCorrupt).sessions : error),
        )
        same(named, [{ namespace: 'default', id: 's' }], 'the sessions that StoreCorrupt names')
      }
      const { sessions, damaged, next } = await wounded.list()
      const told = [sessions.map(({ id }) => id), damaged, next]
      same(told, [['r', 't'], [{ namespace: 'default', id: 's' }], null], 'a listing')
      const streamed: string[] = []
      try {
        for await (const { id } of wounded.sessions()) streamed.push(id)
      } catch {
        // It was asked above.
      }
      same(streamed, ['r', 't'], 'what a stream of sessions gives before it fails')
      await wounded.append('r', said('more'))
      same(await contents(wounded, 'r'), ['r', 'more'], 'another session')
    },
  ),
]
