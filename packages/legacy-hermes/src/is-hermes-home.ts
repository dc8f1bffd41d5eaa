import { lstat, readdir } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { type FormatAdapter, hermesJsonl, openJsonlSource } from '@faircopy/legacy-jsonl'
import { profileFolders } from './home-layout.ts'
import { readSessionIndex } from './session-index.ts'

/**
 * Whether a folder looks like a Hermes home: it, or one of its profiles, has a `state.db`, an index of Hermes sessions,
 * or a `sessions/` with transcripts named as Hermes names them; or a `sessions/` with a chat message in every line that
 * a file of any name begins with, while the folder has no transcripts of its own. Never fails.
 */
export async function isHermesHome(path: string): Promise<boolean> {
  for (const { path: folder } of await profileFolders(path).catch(() => [{ path }])) {
    const names = await readdir(folder).catch((): string[] => [])
    const sessions = join(folder, 'sessions')
    if (names.includes('state.db') || (await isSessionsFolder(sessions))) return true
    if (!names.some((name) => name.endsWith('.jsonl')) && (await holdsChats(sessions))) return true
  }
  return false
}

/**
 * The Hermes home that a folder is only a part of: its folder of transcripts, or one of its profiles. Null where it is
 * none, or where the home has neither a `state.db` nor an index of sessions to lose. Never fails.
 */
export async function hermesHomeOfPart(path: string): Promise<string | null> {
  const part = resolve(path)
  const above = dirname(part)
  const home = basename(part) === 'sessions' ? above : basename(above) === 'profiles' ? dirname(above) : null
  if (home === null) return null
  for (const name of ['state.db', 'sessions/sessions.json'])
    if ((await lstat(join(home, name)).catch(() => null))?.isFile()) return home
  return null
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

/** Other gateways with such a folder begin their files with a header, or have a type in every line. */
const chats: FormatAdapter = {
  ...hermesJsonl(),
  recognises: (beginning) =>
    beginning.length > 0 && beginning.every((record) => 'role' in record && !('type' in record)),
}

async function holdsChats(folder: string): Promise<boolean> {
  try {
    const source = await openJsonlSource(folder, { adapters: [chats] })
    for await (const _session of source.sessions()) return true
  } catch {
    // Not there, or not to be read.
  }
  return false
}
