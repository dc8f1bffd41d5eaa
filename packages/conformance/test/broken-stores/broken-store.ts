import type { Invariant } from '@faircopy/conformance'
import type { SessionAppender } from '@faircopy/store-core'
import type { Breakage, FileStore, ModelFile } from '../file-subject.ts'
import { overriding } from '../overriding.ts'

/** A store that breaks one invariant, on purpose. */
export interface BrokenStore {
  /** What it does wrong, said of the store. */
  readonly does: string
  readonly breakage: Breakage
}

/** The broken stores of an invariant. */
export type BrokenStores = readonly [Invariant, readonly BrokenStore[]]

/** The arguments of an append to a session. */
export type AppendCall = Parameters<SessionAppender['append']>

/** A store with some methods that do wrong; the rest is as it should be. */
export function broken(
  does: string,
  methods: (store: FileStore, file: ModelFile) => Partial<FileStore>,
): BrokenStore {
  return { does, breakage: { store: (store, file) => overriding(store, methods(store, file)) } }
}

/** The same, for overloaded and generator methods, whose types no function literal has. */
export function loose(method: (...args: never[]) => unknown): never {
  return method as never
}
