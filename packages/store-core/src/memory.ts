export { createMemoryStore, type MemoryStore, type MemoryStoreOptions } from './memory/memory-store.ts'
export { createMemoryPlace, type MemoryPlace } from './memory/place.ts'
