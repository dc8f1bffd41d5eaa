// Appends one entry after another, and tells of each once it is acknowledged, until it is killed.
import { openStore } from '../open-store.ts'

const store = openStore({ path: process.argv[2] ?? '' })
for (let n = 1; ; n++) {
  await store.append('s', { record: { n }, idempotencyKey: `${n}` }, { create: {} })
  process.send?.(n)
}
