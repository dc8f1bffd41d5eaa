import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type OpenOptions, openSqliteStore, type SqliteStore } from '@faircopy/store-sqlite'
import { onTestFinished } from 'vitest'

/** A folder that goes when the test ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'store-sqlite-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A store's path in a folder of its own. */
export function temporaryPath(): string {
  return join(temporaryFolder(), 'transcripts.db')
}

/** A store that is closed when the test ends. */
export async function temporaryStore(options: Partial<OpenOptions> = {}): Promise<SqliteStore> {
  const store = await openSqliteStore({ path: temporaryPath(), ...options })
  onTestFinished(() => store.close())
  return store
}

/** All of a stream. */
export async function all<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = []
  for await (const item of stream) items.push(item)
  return items
}

/** A message's record. */
export function said(content: string): string {
  return JSON.stringify({ role: 'user', content })
}
