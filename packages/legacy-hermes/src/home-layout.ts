import type { Dirent } from 'node:fs'
import { lstat, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { SourceUnreadable } from '@faircopy/legacy-jsonl'

/** One profile of a home: its own database and its own transcripts. */
export interface ProfileFolder {
  readonly namespace: string
  readonly path: string
}

/**
 * The profiles of a home: the home itself, then the folders in `profiles/`, by name. A profile's namespace is its name,
 * and that of the home `default`; a profile of that very name is `profiles/default`. Under a namespace of the caller's
 * own, profiles are `<namespace>/<name>`. Fails with `SourceUnreadable` where a folder may not be looked into.
 */
export async function profileFolders(home: string, namespace?: string): Promise<readonly ProfileFolder[]> {
  const top = namespace ?? 'default'
  const named = (name: string): string => {
    if (namespace !== undefined) return `${namespace}/${name}`
    return name === top ? `profiles/${name}` : name
  }
  const folder = join(home, 'profiles')
  const entries = await entriesOf(folder)
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
  const profiles: ProfileFolder[] = []
  for (const name of names.sort()) {
    const path = join(folder, name)
    if (await isProfile(path)) profiles.push({ namespace: named(name), path })
  }
  return [{ namespace: top, path: home }, ...profiles]
}

/** Profiles that are symbolic links: they are not followed. */
export async function linkedProfiles(home: string): Promise<readonly string[]> {
  const entries = await entriesOf(join(home, 'profiles'))
  const links = entries.filter((entry) => entry.isSymbolicLink()).map(({ name }) => name)
  return links.sort()
}

/** What stands in a folder; nothing where there is none. */
async function entriesOf(folder: string): Promise<readonly Dirent[]> {
  return (await ifThere(folder, readdir(folder, { withFileTypes: true }))) ?? []
}

/** Whether a folder holds what a profile does. */
export async function isProfile(path: string): Promise<boolean> {
  return (await exists(join(path, 'state.db'))) || (await isFolder(join(path, 'sessions')))
}

/** Whether a path leads to a folder. */
export async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isDirectory() ?? false
}

async function exists(path: string): Promise<boolean> {
  return (await ifThere(path, lstat(path))) !== null
}

async function ifThere<T>(path: string, found: Promise<T>): Promise<T | null> {
  return found.catch((cause: unknown) => {
    const { code = 'an unknown error' } = cause as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return null
    throw new SourceUnreadable(path, `it failed with ${code}`, cause)
  })
}
