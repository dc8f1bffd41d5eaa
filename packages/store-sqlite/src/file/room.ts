import type { Connection } from './connection.ts'
import { statOrNull } from './location.ts'
import type { MainHandle } from './main-handle.ts'
import type { OpenFile } from './open-file.ts'
import { PAGE_SIZE } from './schema.ts'
import { pageCount } from './watch.ts'

/** The main file is lengthened by so much more than it needs, so that it seldom has to be. */
const ROOM_BYTES = 1024 * 1024
/** What is always left of that: given back, it has room in the log for the announcement of a checkpoint. */
const SPARE_BYTES = 4 * PAGE_SIZE

/**
 * Takes room in the main file for all that a transaction makes it need, before it is committed: taking the log in then
 * needs none (S26). Fails with the file system's error where there is no room.
 */
export function reserveRoom(file: OpenFile, connection: Connection): void {
  const { main, watch } = file
  const size = statOrNull(file.path)?.size
  if (file.mode !== 'wal' || !main?.canWrite || size === undefined) return
  const needed = pageCount(connection) * PAGE_SIZE + SPARE_BYTES
  if (size >= needed) return
  const begun = performance.now()
  watch?.resize(() => extend(main, needed, needed - SPARE_BYTES + ROOM_BYTES))
  file.emit({ type: 'extended', bytes: ROOM_BYTES, durationMs: performance.now() - begun })
}

/** Lengthens the file to a size, or to the least that will do where there is no room for more: the log needs some too. */
function extend(main: MainHandle, least: number, size: number): void {
  try {
    main.extend(size)
  } catch {
    if (main.size() > least) main.trim(least)
    main.extend(least)
  }
}

/** Gives that room back, to the last byte: so others know the change for what it is. Only under the write lock. */
export function giveRoomBack({ main, watch, path }: OpenFile, connection: Connection): void {
  const size = pageCount(connection) * PAGE_SIZE
  if (main?.canWrite && (statOrNull(path)?.size ?? 0n) > size) watch?.resize(() => main.trim(size))
}
