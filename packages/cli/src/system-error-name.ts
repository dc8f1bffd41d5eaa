/** The name of a system error, such as `ENOSPC`; null for any other error. */
export function systemErrorName(error: unknown): string | null {
  if (!(error instanceof Error)) return null
  const { code, syscall } = error as NodeJS.ErrnoException
  return typeof code === 'string' && typeof syscall === 'string' ? code : null
}
