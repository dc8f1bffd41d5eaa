import { join } from 'node:path'
import type { NewEntry, NewSession, SessionRef } from '@faircopy/store-core'
import { openSqliteStore } from '@faircopy/store-sqlite'
import { temporaryFolder } from './temporary-folder.ts'

/** A session to be stored. */
export interface SampleSession {
  readonly session: SessionRef
  readonly about?: NewSession
  readonly entries: readonly NewEntry[]
}

/** A store with some sessions, closed again. Returns its path. */
export async function sampleStore(...sessions: readonly SampleSession[]): Promise<string> {
  const path = join(temporaryFolder(), 'faircopy.db')
  const store = await openSqliteStore({ path })
  for (const { session, about = {}, entries } of sessions) {
    await store.append(session, entries, { create: about })
  }
  await store.close()
  return path
}

/** A message's entry. */
export function message(role: string, content: string): NewEntry {
  return { record: { role, content } }
}
