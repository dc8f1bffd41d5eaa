// 300 chats at once, each of COUNT messages, one after the other. Writes a dot at every turn of the event loop, and tells
// what failed, every event with its duration, and how many calls waited at most.
import { writeSync } from 'node:fs'
import { openSqliteStore } from '@faircopy/store-sqlite'

const [path = '', count = '1', size = '10000'] = process.argv.slice(2)

function tell(what: object): void {
  writeSync(1, `${JSON.stringify(what)}\n`)
}

let isDone = false
const dot = (): void => {
  writeSync(2, '.')
  if (!isDone) setImmediate(dot)
}

const durations: Record<string, number[]> = {}
const store = await openSqliteStore({
  path,
  onEvent: (event) => {
    if (!('durationMs' in event)) return
    durations[event.type] = [...(durations[event.type] ?? []), Math.round(event.durationMs)]
  },
})
let waited = 0
async function chat(n: number): Promise<void> {
  for (let i = 0; i < Number(count); i++) {
    const record = JSON.stringify({ role: 'user', content: 'x'.repeat(Number(size)) })
    await store.append(`chat ${n}`, { record, idempotencyKey: `${n}-${i}` }, { create: {} })
  }
}
tell({ pid: process.pid, begun: true })
dot()
const chats = Promise.allSettled(Array.from({ length: 300 }, (_, n) => chat(n)))
for (let looks = 0; looks < 5; looks++) {
  const { waitingWrites, oldestWaitMs } = await store.facts()
  if ((oldestWaitMs ?? 0) > 0) waited = Math.max(waited, waitingWrites ?? 0)
}
const results = await chats
isDone = true
const failed = results.flatMap((one) => (one.status === 'rejected' ? [String(one.reason)] : []))
await store.close()
tell({ pid: process.pid, failures: failed, durations, waited })
