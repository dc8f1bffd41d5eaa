/** What tests of the insides import, so that a test in a folder of its own needs no way out of its package's tests. */
import type { Context } from '../src/kernel/rule.ts'

export * from '../src/arguments.ts'
export * from '../src/backend.ts'
export type * from '../src/checked-import.ts'
export * from '../src/index.ts'
export type { Address, Imported as MemoryImport, Operation } from '../src/kernel/look-ups.ts'
export * from '../src/memory/state.ts'
export * from '../src/memory/view.ts'
export * from '../src/operator.ts'
export { utf8Length } from '../src/record-text.ts'

/** The time of a write, and how long things are kept. */
export type StoreClock = Pick<Context, 'now' | 'policy'>
export type { HeldDelivery, KeyUse } from '../src/memory/state.ts'
