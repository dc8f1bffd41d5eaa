import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { hermesJsonl } from '@faircopy/legacy-jsonl'
import { profileFolders } from './home-layout.ts'
import { readSessionIndex } from './session-index.ts'

/**
 * Whether a folder looks like a Hermes home: it, or one of its profiles, has a `state.db`, a `sessions/` with
 * transcripts named as Hermes names them, or an index of Hermes sessions. Never fails.
 */
export async function isHermesHome(path: string): Promise<boolean> {
  for (const { path: folder } of await profileFolders(path)) {
    const names = await readdir(folder).catch((): string[] => [])
    if (names.includes('state.db') || (await isSessionsFolder(join(folder, 'sessions')))) return true
  }
  return false
}

async function isSessionsFolder(folder: string): Promise<boolean> {
  const names = await readdir(folder).catch((): string[] => [])
  const adapter = hermesJsonl()
  if (names.some((name) => adapter.recognises([], name))) return true
  return (
    names.includes('sessions.json') &&
    (await readSessionIndex(join(folder, 'sessions.json'))).entries.length > 0
  )
}
