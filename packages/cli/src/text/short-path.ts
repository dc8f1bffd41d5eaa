import { homedir } from 'node:os'
import { relative, sep } from 'node:path'

/** A path for people: the home folder is `~`. */
export function shortPath(path: string): string {
  const home = homedir()
  return path.startsWith(home + sep) ? `~${path.slice(home.length)}` : path
}

/** A path as seen from the folder it lies in; the folder itself and what lies elsewhere keep their names. */
export function pathWithin(folder: string, path: string): string {
  const inside = relative(folder, path)
  return inside === '' || inside.startsWith('..') ? shortPath(path) : inside
}
