import { lstat, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** One profile of a home: its own database and its own transcripts. */
export interface ProfileFolder {
  readonly namespace: string
  readonly path: string
}

/**
 * The profiles of a home: the home itself, then the folders in `profiles/`, by name. A profile's namespace is its name,
 * and that of the home `default`; a profile of that very name is `profiles/default`. Under a namespace of the caller's
 * own, profiles are `<namespace>/<name>`.
 */
export async function profileFolders(home: string, namespace?: string): Promise<readonly ProfileFolder[]> {
  const top = namespace ?? 'default'
  const named = (name: string): string => {
    if (namespace !== undefined) return `${namespace}/${name}`
    return name === top ? `profiles/${name}` : name
  }
  const folder = join(home, 'profiles')
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
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
  const entries = await readdir(join(home, 'profiles'), { withFileTypes: true }).catch(() => [])
  const links = entries.filter((entry) => entry.isSymbolicLink()).map(({ name }) => name)
  return links.sort()
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
  return (await lstat(path).catch(() => null)) !== null
}
