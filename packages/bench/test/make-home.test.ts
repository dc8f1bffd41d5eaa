import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeHome } from '@faircopy/bench'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'

test('a made-up home is the same for the same seed, and its sides differ', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'faircopy-'))
  try {
    const size = { sessions: 4, messagesEach: 60, longBytes: 0, seed: 7 }
    const files = async (name: string): Promise<string> => {
      await makeHome(join(folder, name), size)
      const sessions = join(folder, name, 'sessions')
      return readdirSync(sessions)
        .map((file) => readFileSync(join(sessions, file), 'utf8'))
        .join('')
    }
    const first = await files('a')
    expect(await files('b')).toBe(first)
    const db = new Database(join(folder, 'a', 'state.db'), { readonly: true })
    const rows = db.prepare('select count(*) from messages').pluck().get() as number
    db.close()
    const lines = first.split('\n').length - 1
    expect(rows).toBeLessThan(240)
    expect(lines).toBeLessThan(240)
    expect(rows + lines).toBeGreaterThan(400)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
