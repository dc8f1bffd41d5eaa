const MOST_UNITS = 85

/**
 * Whether a name is surely legal: text of 1 to 255 bytes of UTF-8, well-formed, without NUL. A longer one may be legal
 * too and takes the slower way through its schema.
 */
export function isPlainName(name: unknown): name is string {
  return (
    typeof name === 'string' &&
    name.length > 0 &&
    name.length <= MOST_UNITS &&
    name.isWellFormed() &&
    !name.includes('\0')
  )
}
