import { join } from 'node:path'
import {
  hermesJsonl,
  type LegacySession,
  type LegacySource,
  type SourceProblem,
  SourceUnreadable,
} from '@faircopy/legacy-jsonl'
import { checkSession } from '@faircopy/store-core/arguments'
import type { HermesHomeOptions } from './hermes-home-options.ts'
import { HermesProfile } from './hermes-profile.ts'
import { isFolder, isProfile, linkedProfiles, profileFolders } from './home-layout.ts'
import { sweepPrivateFolders } from './private-folder.ts'

/**
 * Opens a Hermes home: its `state.db`, `sessions/sessions.json` and `sessions/*.jsonl`, and those of its profiles.
 * Sessions come from all three, each once, profile by profile and by id; no message is read for the list.
 *
 * The home is only read, and nothing is left in it. Its database is read from a private copy, which takes as much room
 * in the folder for temporary files and is removed by `close()`; a database that some process has open meanwhile is
 * copied through SQLite, in one transaction. Every session sees the same state of it.
 *
 * A database that is damaged, or none, is a problem (`database-unreadable`), and the transcripts are still given. Fails
 * with `SourceUnreadable` where there is no home, and for what can be mended: a file or folder that may not be read, no
 * room for the copy; with `SourceChanged` where the database never rests long enough; with `InvalidArgument` for a
 * namespace or a time zone that is none.
 *
 * @example
 * ```ts
 * import { openHermesHome } from '@faircopy/legacy-hermes'
 *
 * const home = await openHermesHome('.hermes', { timeZone: 'America/Los_Angeles' })
 * for await (const { namespace, id, database, file } of home.sessions()) {
 *   console.log(namespace, id, database !== null, file !== null)
 * }
 * await home.close()
 * ```
 */
export async function openHermesHome(path: string, options: HermesHomeOptions = {}): Promise<LegacySource> {
  hermesJsonl(options)
  if (!(await isFolder(path))) throw noHome(path, 'it is no folder')
  const folders = await profileFolders(path, options.namespace)
  for (const { namespace } of folders) checkSession({ namespace, id: 'any' })
  if (folders.length === 1 && !(await isProfile(path))) {
    throw noHome(path, 'there is neither a state.db nor a folder of sessions in it')
  }
  await sweepPrivateFolders()
  const home = new HermesHome(path, await linkedProfiles(path))
  try {
    for (const folder of folders) home.profiles.push(await HermesProfile.open(folder, options))
  } catch (error) {
    await home.close()
    throw error
  }
  return home
}

function noHome(path: string, what: string): SourceUnreadable {
  return new SourceUnreadable(path, what, undefined, true)
}

class HermesHome implements LegacySource {
  readonly format = 'hermes'
  readonly path: string
  readonly profiles: HermesProfile[] = []
  readonly #linked: readonly string[]

  constructor(path: string, linked: readonly string[]) {
    this.path = path
    this.#linked = linked
  }

  get problems(): readonly SourceProblem[] {
    const linked = this.#linked.map((name): SourceProblem => {
      const path = join(this.path, 'profiles', name)
      return { code: 'symbolic-link', path, detail: 'it is a symbolic link' }
    })
    return [...linked, ...this.profiles.flatMap(({ problems }) => problems)]
  }

  async *sessions(): AsyncGenerator<LegacySession, void, undefined> {
    for (const profile of this.profiles) yield* profile.sessions()
  }

  async close(): Promise<void> {
    for (const profile of this.profiles) await profile.close()
  }
}
