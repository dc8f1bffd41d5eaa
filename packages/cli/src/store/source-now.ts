import { constants } from 'node:fs'
import { access, readdir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'

/** How a place that was imported from stands now. */
export type SourceNow = 'there' | 'gone' | 'empty' | 'unreadable'

/** What is said of it; nothing where all is well. */
export const SOURCE_NOW_WORDS: { readonly [N in SourceNow]: string } = {
  there: '',
  gone: 'not there now',
  empty: 'no transcript in it now',
  unreadable: 'cannot be read now',
}

/** Whether a source is still there, by its names alone: no transcript is opened. */
export async function sourceNow(path: string): Promise<SourceNow> {
  try {
    await access(path, constants.R_OK)
    const stats = await stat(path)
    if (stats.isDirectory()) return (await holdsTranscripts(path)) ? 'there' : 'empty'
    return stats.isFile() ? 'there' : 'unreadable'
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    return code === 'ENOENT' || code === 'ENOTDIR' ? 'gone' : 'unreadable'
  }
}

/** Looks where a folder of transcripts and a home keep them. */
async function holdsTranscripts(folder: string): Promise<boolean> {
  const entries = await readdir(folder, { withFileTypes: true })
  if (entries.some((entry) => !entry.isDirectory() && /\.jsonl$|^state\.db$/.test(entry.name))) return true
  const isAmongProfiles = basename(folder) === 'profiles'
  for (const entry of entries) {
    const mayHold = isAmongProfiles || entry.name === 'sessions' || entry.name === 'profiles'
    if (entry.isDirectory() && mayHold && (await holdsTranscripts(join(folder, entry.name)))) return true
  }
  return false
}
