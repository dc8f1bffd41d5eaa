import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ConformanceSubject } from '@faircopy/conformance'
import { SchemaTooNew, StoreBusy, StoreCorrupt, StoreFull, StoreReplaced } from '@faircopy/store-core'
import {
  createMemoryPlace,
  createMemoryStore,
  type MemoryPlace,
  type MemoryStore,
} from '@faircopy/store-core/memory'
import type { StoreBackup, StoreCompactor } from '@faircopy/store-core/operator'
import { overriding } from './overriding.ts'
import { playedProcess } from './played-process.ts'

/** A store in memory that behaves like one in a file. */
export type FileStore = MemoryStore & StoreBackup & StoreCompactor

/** What happened to a file. */
export interface ModelFile {
  readonly place: MemoryPlace
  locked: boolean
  replaced: boolean
  damaged: boolean
  /** Whether what it has of the session `s` is damaged. */
  wounded: boolean
  newer: boolean
  full: boolean
}

/** How the model may be broken. */
export interface Breakage {
  /** What is made of every store that is opened. */
  readonly store?: (store: FileStore, file: ModelFile) => FileStore
  /** What a write is stopped by. */
  readonly beforeWrite?: (file: ModelFile, waitMs: number) => Promise<void>
  /** What opening is stopped by. */
  readonly beforeOpen?: (file: ModelFile) => void
}

const WRITES = [
  'append',
  'create',
  'update',
  'replace',
  'fork',
  'route',
  'import',
  'undoImport',
  'claimImport',
  'delete',
  'redact',
] as const

/** A subject that declines nothing: memory, with a model of a file around it, whole or broken. */
export function fileSubject(breakage: Breakage = {}): ConformanceSubject {
  const { store: as = (store) => store, beforeWrite = refuseWrite, beforeOpen = refuseOpen } = breakage
  const files = new Map<string, ModelFile>()
  const fileAt = (name: string): ModelFile => {
    const file = files.get(name) ?? newFile()
    files.set(name, file)
    return file
  }
  const harm = (what: 'damaged' | 'wounded' | 'newer' | 'replaced' | 'locked' | 'full') => (name: string) => {
    const file = fileAt(name)
    file[what] = true
    return async () => {
      file[what] = false
    }
  }
  const opened = (
    name: string,
    { waitMs = 5000, ...settings }: Parameters<ConformanceSubject['open']>[1],
  ): FileStore => {
    const file = fileAt(name)
    beforeOpen(file)
    const memory = createMemoryStore({ place: file.place, ...settings })
    const guarded = Object.fromEntries(
      WRITES.map((method) => [
        method,
        async (...args: never[]) => {
          if (file.locked || file.replaced || file.full) await beforeWrite(file, waitMs)
          return (memory[method] as (...args: never[]) => Promise<unknown>)(...args)
        },
      ]),
    )
    const whole = overriding(memory as FileStore, {
      ...(guarded as Partial<FileStore>),
      facts: async () => ({ ...(await memory.facts()), fileMode: 0o600, folderMode: 0o700, hardLinks: 1 }),
      backup: async (path) => {
        fileAt(path).place.state = { ...file.place.state, storeId: randomUUID(), claims: [] }
        return { bytes: 0, entries: (await memory.facts()).entries }
      },
      compact: async () => ({ bytesBefore: 0, bytesAfter: 0 }),
    })
    return as(file.wounded ? overriding(whole, besides('s', whole)) : whole, file)
  }
  return {
    name: 'a file',
    newPlace: () => `file ${files.size + 1}`,
    open: async (name, settings) => opened(name, settings),
    startProcess: (name) => playedProcess(opened(name, {})),
    faults: {
      lock: async (name) => harm('locked')(name),
      fill: async (name) => harm('full')(name),
      replace: (name) => void harm('replaced')(name),
      damage: (name) => void harm('damaged')(name),
      wound: (name) => void harm('wounded')(name),
      newer: (name) => void harm('newer')(name),
      tamper: (name) => forge(fileAt(name).place),
    },
  }
}

function newFile(): ModelFile {
  return {
    place: createMemoryPlace(),
    locked: false,
    replaced: false,
    damaged: false,
    wounded: false,
    newer: false,
    full: false,
  }
}

/** A store that can tell and take everything but one session, which is damaged. */
function besides(id: string, store: FileStore): Partial<FileStore> {
  const damage = (): StoreCorrupt => new StoreCorrupt('a file', 'not-stored', undefined, { sessions: [id] })
  const refuse = (session: unknown): void => {
    if (session === id) throw damage()
  }
  const append = async (...args: Parameters<FileStore['append']>): Promise<unknown> => {
    refuse(args[0])
    return store.append(...args)
  }
  return {
    get: async (session) => {
      refuse(session)
      return store.get(session)
    },
    page: async (session, options) => {
      refuse(session)
      return store.page(session, options)
    },
    read: async function* (session, options) {
      refuse(session)
      yield* store.read(session, options)
    },
    append: append as FileStore['append'],
    list: async (options) => {
      const page = await store.list(options)
      const sessions = page.sessions.filter((one) => one.id !== id)
      const damaged = page.sessions.length > sessions.length ? damage().sessions : []
      return { ...page, sessions, ...(damaged.length > 0 && { damaged }) }
    },
    sessions: async function* (options) {
      for await (const session of store.sessions(options)) if (session.id !== id) yield session
      throw damage()
    },
  }
}

async function refuseWrite(file: ModelFile, waitMs: number): Promise<void> {
  if (file.full) throw new StoreFull('a file', 0, 'not-stored')
  if (file.replaced) throw new StoreReplaced('a file', 'another one is in its place')
  await sleep(waitMs)
  if (file.locked) throw new StoreBusy('a file', waitMs)
}

function refuseOpen(file: ModelFile): void {
  if (file.damaged) throw new StoreCorrupt('a file', 'not-stored')
  if (file.newer) throw new SchemaTooNew('a file', 2, 1)
}

/** Changes what the first entry says, behind the store's back. */
function forge(place: MemoryPlace): void {
  const [session, ...others] = place.state.sessions
  const entry = session?.entries.get(1)
  if (!session || !entry) throw new Error('there is nothing to forge')
  const entries = new Map(session.entries).set(1, { ...entry, record: '{"role":"user","content":"forged"}' })
  place.state = { ...place.state, sessions: [{ ...session, entries }, ...others] }
}
