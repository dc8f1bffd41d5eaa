import { closeSync, constants, openSync, readSync } from 'node:fs'
import { PAGE_SIZE } from './schema.ts'
import { parseStoreRow, STORE_ROW_BYTES, type StoreRow } from './store-row.ts'

const HEADER_BYTES = 32
const FRAME_BYTES = 24
/** The salts of a log's header and of each of its frames. */
const SALTS = { bytes: 8, inHeader: 16, inFrame: 8 } as const
const STORE_PAGE = 2

/**
 * The store's row as the bytes of a log have it last, without SQLite: for a log that SQLite cannot read over the file
 * beside it. Null where none is in it. A handle on a log may be closed: no lock lies on that file.
 */
export function lastRowInLog(path: string): StoreRow | null {
  const handle = openSync(`${path}-wal`, constants.O_RDONLY | constants.O_NOFOLLOW)
  try {
    const read = (at: number, length: number): Buffer => {
      const bytes = Buffer.alloc(length)
      return bytes.subarray(0, readSync(handle, bytes, 0, length, at))
    }
    const header = read(0, HEADER_BYTES)
    const salts = header.subarray(SALTS.inHeader, SALTS.inHeader + SALTS.bytes)
    let row: StoreRow | null = null
    for (let at = HEADER_BYTES; ; at += FRAME_BYTES + PAGE_SIZE) {
      const frame = read(at, FRAME_BYTES)
      const isOfLog = salts.equals(frame.subarray(SALTS.inFrame, SALTS.inFrame + SALTS.bytes))
      if (frame.length < FRAME_BYTES || !isOfLog) return row
      const end = at + FRAME_BYTES + PAGE_SIZE
      if (frame.readUInt32BE(0) === STORE_PAGE)
        row = parseStoreRow(read(end - STORE_ROW_BYTES, STORE_ROW_BYTES)) ?? row
    }
  } finally {
    closeSync(handle)
  }
}
