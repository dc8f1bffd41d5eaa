import { readFileSync, statfsSync } from 'node:fs'

/** File systems that cannot share memory or keep locks between processes: a WAL on them is damaged without an error. */
const UNSAFE =
  /^(nfs\d?|cifs|smb\d?|smbfs|9p|virtiofs|fuse(\..*)?|fuseblk|ceph|glusterfs|lustre|afs|beegfs|gpfs|ncpfs|ocfs2|gfs2|orangefs|vboxsf|vmhgfs|prl_fs|drvfs|webdav)$/

/** The same by the numbers of `statfs`, for where there is no `/proc`. */
const UNSAFE_MAGIC: ReadonlyMap<number, string> = new Map([
  [0x6969, 'nfs'],
  [0xff534d42, 'cifs'],
  [0xfe534d42, 'smb2'],
  [0x517b, 'smbfs'],
  [0x01021997, '9p'],
  [0x65735546, 'fuse'],
  [0x00c36400, 'ceph'],
])

/** Whether a store is unsafe on a file system of this name (S24). */
export function isUnsafeFileSystem(name: string): boolean {
  return UNSAFE.test(name)
}

/** The name of the file system that a path lies on, read from mountinfo's text: the last, longest mount point above it. */
export function fileSystemOf(path: string, mountinfo: string): string | null {
  let best = { point: '', type: null as string | null }
  for (const line of mountinfo.split('\n')) {
    const [before, after] = line.split(' - ')
    const point = before?.split(' ')[4]
    if (!point || !after) continue
    const decoded = point.replace(/\\([0-7]{3})/g, (_, octal: string) =>
      String.fromCharCode(Number.parseInt(octal, 8)),
    )
    const above = decoded === '/' || path === decoded || path.startsWith(`${decoded}/`)
    if (above && decoded.length >= best.point.length)
      best = { point: decoded, type: after.split(' ')[0] ?? null }
  }
  return best.type
}

/** The file system's name if a store is unsafe on it, else null. Looked up before any file is opened. */
export function unsafeFileSystem(folder: string): string | null {
  let mountinfo: string
  try {
    mountinfo = readFileSync('/proc/self/mountinfo', 'utf8')
  } catch {
    return UNSAFE_MAGIC.get(statfsSync(folder).type) ?? null
  }
  const name = fileSystemOf(folder, mountinfo)
  return name !== null && isUnsafeFileSystem(name) ? name : null
}
