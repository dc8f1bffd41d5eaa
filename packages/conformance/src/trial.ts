import type { Capability, Closable, NewSession, SessionRef, StoreWith } from '@faircopy/store-core'
import { sessionAddress } from '@faircopy/store-core/backend'
import { ConformanceFailure } from './assert.ts'
import type { Need, StoreFaults } from './facility.ts'
import { type RemoteStore, remoteStore } from './remote-store.ts'
import type { ConformanceSubject, StoreSettings } from './subject.ts'

/** What a case works with: a store at a place of its own, and the means to reach it otherwise. */
export interface Trial<S> {
  readonly store: S
  /** The time that the store reads, epoch ms; set it to let time pass. */
  readonly clock: { now: number }
  /** Another handle on the same place, open beside the first. */
  open(settings?: StoreSettings): Promise<S>
  /** A store at another place. */
  elsewhere(): Promise<S>
  /** The store at a path that the case knows: a backup's. */
  at(place: string): Promise<S>
  /** Where a further store could be. */
  newPlace(): Promise<string>
  /** Closes every handle of the place. */
  close(): Promise<void>
  /** Another process on the same place. */
  startProcess(): Promise<RemoteStore>
  /**
   * Lets a session say these records at its end, and be there by that, also where there are none: through `append`, or
   * where the subject declines that through its `tell`.
   */
  tell(session: SessionRef, records: readonly string[], about?: NewSession): Promise<void>
  /** Does harm to the place, and gives what ends it. */
  fault(name: keyof StoreFaults): Promise<() => Promise<void>>
}

/** The store that a case with these needs may use. */
export type StoreNeeding<N extends Need> = StoreWith<Extract<N, Capability>> & Closable

/** Carries out a case at a place of its own, and clears up after it. */
export async function conductTrial(
  subject: ConformanceSubject,
  settings: StoreSettings,
  run: (trial: Trial<never>) => Promise<void>,
): Promise<void> {
  const place = await subject.newPlace()
  const places = new Set([place])
  const open = new Set<Closable>()
  const running: RemoteStore[] = []
  const ends: (() => Promise<void>)[] = []
  const clock = { now: 1_700_000_000_000 }
  const own: StoreSettings = {
    ...settings,
    ...(subject.declines?.clock === undefined && { now: () => clock.now }),
  }

  async function opened(at: string, more: StoreSettings = {}): Promise<never> {
    places.add(at)
    const store = await subject.open(at, { ...own, ...more })
    open.add(store)
    return store as never
  }
  async function newPlace(): Promise<string> {
    const next = await subject.newPlace()
    places.add(next)
    return next
  }
  async function close(): Promise<void> {
    for (const store of open) await store.close()
    open.clear()
  }
  const told = new Set<string>()
  try {
    const store: Closable = await opened(place)
    await run({
      store: store as never,
      clock,
      open: (more) => opened(place, more),
      elsewhere: async () => opened(await newPlace()),
      at: (other) => opened(other),
      newPlace,
      close,
      startProcess: async () => {
        if (!subject.startProcess) throw new ConformanceFailure('startProcess is missing')
        const remote = remoteStore(await subject.startProcess(place))
        running.push(remote)
        return remote
      },
      tell: async (session, records, about = {}) => {
        const address = sessionAddress(session)
        const name = JSON.stringify(address)
        const isNew = !told.has(name)
        told.add(name)
        if (subject.declines?.append !== undefined) {
          if (!subject.tell) throw new ConformanceFailure('tell is missing')
          await subject.tell(place, {
            session: address,
            ...(isNew && { about }),
            records,
            at: own.now?.() ?? Date.now(),
          })
          return
        }
        const writer = store as StoreWith<'append'> & Closable
        const entries = records.map((record) => ({ record }))
        await writer.append(session, entries, isNew ? { create: about } : {})
      },
      fault: async (name) => {
        const harm = subject.faults?.[name]
        if (!harm) throw new ConformanceFailure(`faults.${name} is missing`)
        const end = await harm(place)
        let ended = false
        const once = async (): Promise<void> => {
          if (!ended) await end?.()
          ended = true
        }
        ends.push(once)
        return once
      },
    })
  } finally {
    for (const end of ends) await end()
    for (const remote of running) await remote.kill()
    await close()
    for (const at of places) await subject.removePlace?.(at)
  }
}
