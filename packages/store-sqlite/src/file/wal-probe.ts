import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'

/** Without it each look would give the file a time, which the next sync would have to write too. Linux alone has it. */
const QUIET = constants.O_NOATIME as number | undefined

/**
 * Sees whether a `-wal` still reaches as far as it did, without asking for its times. Its handle is held until
 * {@link close}; SQLite keeps no lock on this file that a closed handle could drop.
 */
export class WalProbe {
  readonly #handle: number
  readonly #byte = Buffer.alloc(1)

  private constructor(handle: number) {
    this.#handle = handle
  }

  /** A probe of the file of this inode; null where there can be none, and stats have to do. */
  static open(path: string, inode: bigint): WalProbe | null {
    if (!QUIET) return null
    let handle: number
    try {
      handle = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | QUIET)
    } catch {
      return null
    }
    if (fstatSync(handle, { bigint: true }).ino === inode) return new WalProbe(handle)
    closeSync(handle)
    return null
  }

  /** Whether the file has at least so many bytes. False also where that cannot be read. Cost: one byte read, 1 µs. */
  reaches(bytes: number): boolean {
    try {
      return bytes === 0 || readSync(this.#handle, this.#byte, 0, 1, bytes - 1) === 1
    } catch {
      return false
    }
  }

  close(): void {
    closeSync(this.#handle)
  }
}
