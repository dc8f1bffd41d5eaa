import { readdir, stat } from 'node:fs/promises'

/**
 * The files that other processes hold open right now, each as `device:inode`; null where the system does not tell. Of
 * processes that may not be looked into nothing is known: they are another user's, and so then are their files.
 */
export async function openInodes(): Promise<ReadonlySet<string> | null> {
  const processes = await readdir('/proc').catch(() => null)
  if (processes === null) return null
  const pids = processes.filter((name) => /^\d+$/.test(name) && name !== String(process.pid))
  if (pids.length === 0) return null
  const inodes = new Set<string>()
  for (const pid of pids) {
    const folder = `/proc/${pid}/fd`
    for (const descriptor of await readdir(folder).catch(() => [])) {
      const stats = await stat(`${folder}/${descriptor}`, { bigint: true }).catch(() => null)
      if (stats?.isFile()) inodes.add(inodeName(stats))
    }
  }
  return inodes
}

/** A file as {@link openInodes} names it. */
export function inodeName({ dev, ino }: { readonly dev: bigint; readonly ino: bigint }): string {
  return `${dev}:${ino}`
}
