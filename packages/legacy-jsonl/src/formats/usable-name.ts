const MAX_NAME_BYTES = 255

/** Whether a text can be an id or a kind in a store: 1 to 255 bytes of well-formed text without NUL. */
export function isUsableName(name: string): boolean {
  return (
    name.length > 0 &&
    name.isWellFormed() &&
    !name.includes('\0') &&
    Buffer.byteLength(name) <= MAX_NAME_BYTES
  )
}
