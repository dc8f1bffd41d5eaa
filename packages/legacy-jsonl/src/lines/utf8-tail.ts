import { isUtf8 } from 'node:buffer'

/**
 * Whether bytes are UTF-8 but for their end, where they were cut inside a character: some bytes behind them would
 * make them UTF-8. By table 3-7 of the Unicode standard.
 */
export function isCutInsideCharacter(bytes: Uint8Array): boolean {
  for (let tail = 1; tail <= 3 && tail <= bytes.length; tail++) {
    const from = bytes.length - tail
    if (beginsCharacter(bytes.subarray(from))) return isUtf8(bytes.subarray(0, from))
  }
  return false
}

/** Whether the bytes are the beginning of a character, not all of it. */
function beginsCharacter(bytes: Uint8Array): boolean {
  const [lead = 0, second, third] = bytes
  if (lead < 0xc2 || lead > 0xf4) return false
  const size = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4
  if (bytes.length >= size) return false
  if (second === undefined) return true
  const low = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80
  const high = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf
  if (second < low || second > high) return false
  return third === undefined || (third >= 0x80 && third <= 0xbf)
}
