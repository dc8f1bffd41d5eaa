import type { BigIntStats } from 'node:fs'

/** What tells, without reading it, whether a file is still the one it was. */
export interface FileIdentity {
  readonly dev: bigint
  readonly ino: bigint
  readonly size: bigint
  readonly mtimeNs: bigint
  /** Moves with every change, also where the modification time was put back. */
  readonly ctimeNs: bigint
}

/** The identity as `stat` with `bigint: true` tells it. */
export function fileIdentity({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): FileIdentity {
  return { dev, ino, size, mtimeNs, ctimeNs }
}

/** Whether two identities are of one file, unchanged between. */
export function isSameFile(a: FileIdentity, b: FileIdentity): boolean {
  return (
    a.dev === b.dev &&
    a.ino === b.ino &&
    a.size === b.size &&
    a.mtimeNs === b.mtimeNs &&
    a.ctimeNs === b.ctimeNs
  )
}
