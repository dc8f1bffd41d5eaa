import { lstat } from 'node:fs/promises'
import { DEFAULT_NAMESPACE, type NewSession, type Session } from '@faircopy/store-core'
import { chainHead, EMPTY_HEAD } from '@faircopy/store-core/operator'
import { type FileIdentity, fileIdentity, isSameFile } from '../lines/file-identity.ts'
import type { LegacySession, LegacyWitness } from '../source/legacy-source.ts'
import { SourceChanged } from '../source/source-error.ts'
import { toldEntries } from '../source/told-entries.ts'

/** A session as a witness tells it, and whether that still holds. */
export interface SessionFacts {
  readonly session: Session
  /** Of its file while it was read; null where that cannot be told. */
  readonly identity: FileIdentity | null
}

const ATTEMPTS = 5

/**
 * What a witness knows of a session, its head included. Fails with `SourceUnreadable`, or `SourceChanged` where it was
 * written to each time that it was read.
 *
 * Cost: reads the witness once; one entry in memory.
 */
export async function readSessionFacts(legacy: LegacySession, witness: LegacyWitness): Promise<SessionFacts> {
  for (let attempt = 1; ; attempt++) {
    const before = await identityOf(witness)
    try {
      const { about, entryCount, head } = await readWitness(witness)
      const identity = await identityOf(witness)
      if (before && identity && !isSameFile(before, identity)) throw new SourceChanged(witness.path)
      const told = { ...about, ...legacy.about }
      return {
        session: sessionOf(
          legacy,
          witness,
          { about: told, entryCount, head },
          await lastWritten(witness, told),
        ),
        identity,
      }
    } catch (error) {
      if (!(error instanceof SourceChanged) || attempt === ATTEMPTS) throw error
    }
  }
}

/** Whether the witness is what it was when the facts were read. Cheap. */
export async function stillHolds({ identity }: SessionFacts, witness: LegacyWitness): Promise<boolean> {
  // Looks again: whether the file is what it was when its facts were read.
  const now = await identityOf(witness)
  if (identity && now) return isSameFile(identity, now)
  return identity === null && now === null && witness.unchanged()
}

/**
 * When a session was last written to, as far as that can be known without reading it, epoch ms: the file's own time; of
 * rows the end or the start that the database tells; 0 where nothing is known.
 */
export async function lastWritten(witness: LegacyWitness, about: NewSession): Promise<number> {
  if (witness.kind === 'file') {
    const stats = await lstat(witness.path).catch(() => null)
    if (stats) return Math.floor(stats.mtimeMs)
  }
  return about.endedAt ?? about.startedAt ?? 0
}

/** What a witness tells, read to its end. */
interface ReadWitness {
  readonly about: NewSession
  readonly entryCount: number
  readonly head: string
}

async function readWitness(witness: LegacyWitness): Promise<ReadWitness> {
  let about: NewSession = {}
  let entryCount = 0
  let head = EMPTY_HEAD
  for await (const item of toldEntries(witness)) {
    if (item.as === 'entry') {
      head = chainHead(head, item.entry.hash)
      entryCount++
    } else if (item.as === 'aside' && item.item.as === 'metadata') {
      about = { ...about, ...item.item.about }
    }
  }
  return { about, entryCount, head }
}

function sessionOf(
  { namespace, id }: LegacySession,
  witness: LegacyWitness,
  { about, entryCount, head }: ReadWitness,
  updatedAt: number,
): Session {
  const { origin = null, parent = null, title = null, meta = {} } = about
  return {
    namespace,
    id,
    origin,
    parent: parent && {
      namespace: parent.namespace ?? DEFAULT_NAMESPACE,
      id: parent.id,
      entry: parent.entry ?? null,
      why: parent.why,
    },
    title,
    meta,
    codec: about.codec ?? witness.codec,
    startedAt: about.startedAt ?? null,
    endedAt: about.endedAt ?? null,
    endReason: about.endReason ?? null,
    revision: entryCount,
    generation: 1,
    entryCount,
    head,
    updatedAt,
  }
}

async function identityOf(witness: LegacyWitness): Promise<FileIdentity | null> {
  if (witness.kind !== 'file') return null
  const stats = await lstat(witness.path, { bigint: true }).catch(() => null)
  return stats && fileIdentity(stats)
}
