/** The name of a system error, such as `ENOSPC`; null for any other error. */
export function systemErrorName(error: unknown): string | null {
  if (!(error instanceof Error)) return null
  const { code, syscall } = error as NodeJS.ErrnoException
  return typeof code === 'string' && typeof syscall === 'string' ? code : null
}

const ACCESS =
  'Give yourself access to it and to its folder (chmod, chown), or run the command as their owner.'
const LINKS = 'Links lead there in a circle: name the file or folder itself.'
const FULL = 'Make room on its disk, and run the command again.'
const OPEN_FILES =
  'Too many files are open: close some, or raise the limit (ulimit -n), and run the command again.'

const ADVICE: ReadonlyMap<string, string> = new Map([
  ['EACCES', ACCESS],
  ['EPERM', ACCESS],
  ['EROFS', 'Its file system is mounted for reading only: name a place elsewhere.'],
  ['ENOSPC', FULL],
  ['EDQUOT', FULL],
  ['EIO', 'Its disk fails: look at that first, and save what can still be read.'],
  ['ELOOP', LINKS],
  ['EMFILE', OPEN_FILES],
  ['ENFILE', OPEN_FILES],
  ['ENOENT', 'Name a folder that is there.'],
  ['ENOTDIR', 'Something on the way to it is no folder: name another path.'],
  ['ENAMETOOLONG', 'Its name is too long for its file system: name a shorter one.'],
])

/** What to do where the system refused something with this error; null where the error itself says nothing of it. */
export function systemAdvice(name: string | null): string | null {
  return (name !== null && ADVICE.get(name)) || null
}
