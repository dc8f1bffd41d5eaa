import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LAYOUTS } from './layouts.ts'
import { madeRecord } from './made-record.ts'
import { perCall, race, table } from './rounds.ts'
import { tell } from './write-section.ts'

const ROUNDS = Number(process.env['ROUNDS'] ?? 31)
const CALLS = 60
const FILLED = 4000

const folder = mkdtempSync(join(tmpdir(), 'faircopy-bench-'))
const open = LAYOUTS.map(({ name, open: make }) => ({ name, layout: make(folder) }))
try {
  const appends = open.map(({ name, layout }) => ({
    name,
    async round() {
      const began = performance.now()
      for (let i = 0; i < CALLS; i++) await layout.append(1, madeRecord(i))
      return perCall(began, CALLS)
    },
  }))
  const appended = await race(appends, ROUNDS)
  const readable = open.filter(({ layout }) => layout.tail(1, 1).length > 0)
  for (const { layout } of readable) {
    for (let i = 0; i < FILLED; i++) await layout.append(2, madeRecord(i))
  }
  const tails = readable.map(({ name, layout }) => ({
    name,
    round() {
      const began = performance.now()
      for (let i = 0; i < CALLS; i++) layout.tail(2, 50)
      return perCall(began, CALLS)
    },
  }))
  const read = await race(tails, ROUNDS)
  tell(
    'bench:layouts',
    `### Append, one entry a call\n\n${table(appended, 'entry')}\n\n### The last 50\n\n${table(read, 'page')}`,
  )
} finally {
  for (const { layout } of open) await layout.close()
  rmSync(folder, { recursive: true, force: true })
}
