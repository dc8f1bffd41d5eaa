import { execFileSync, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'

const SCRIPT = fileURLToPath(new URL('read_hermes_home.py', import.meta.url))

const record = z.looseObject({ role: z.string() })
const profile = z.object({
  checks: z.object({
    integrity: z.array(z.string()),
    foreign_keys: z.number(),
    journal: z.string(),
    version: z.number(),
    found: z.record(z.string(), z.array(z.number())),
  }),
  sessions: z.record(
    z.string(),
    z.object({
      row: z.looseObject({ id: z.string(), source: z.string(), started_at: z.number() }),
      rows: z.array(record),
      lines: z.array(z.looseObject({})),
      loaded: z.enum(['file', 'database']),
    }),
  ),
  index: z.record(z.string(), z.looseObject({ session_id: z.string() })),
})
export type ReadProfile = z.infer<typeof profile>

/** Whether there is a Python to read a home with. */
export const hasPython = spawnSync('python3', ['-c', 'import json, sqlite3']).status === 0
if (!hasPython) console.warn('SKIPPED: no python3 here, so no independent reader checks the exported homes')

/** A home as a reader tells it that shares nothing with us, by profile; the home itself is ''. */
export function readIndependently(home: string, ...words: readonly string[]): Record<string, ReadProfile> {
  const text = execFileSync('python3', [SCRIPT, home, ...words], { encoding: 'utf8', maxBuffer: 1e9 })
  return z.record(z.string(), profile).parse(JSON.parse(text))
}
