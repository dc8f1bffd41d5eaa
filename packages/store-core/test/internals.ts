/** What tests of the insides import, so that a test in a folder of its own needs no way out of its package's tests. */
export * from '../src/index.ts'
export * from '../src/memory/state.ts'
export type * from '../src/memory/store-clock.ts'
export * from '../src/memory/view.ts'
export { utf8Length } from '../src/record-text.ts'
