import { lstat } from 'node:fs/promises'
import { relative } from 'node:path'
import type { AccountingNote, SessionProof, WitnessProof } from '@faircopy/legacy-jsonl'
import type { SessionAddress } from '@faircopy/store-core'
import type { ArchivedFile, ArchiveProof } from './archive-manifest.ts'
import { type FileFacts, fileFacts } from './exclusive-move.ts'
import { inodeName, openInodes } from './open-inodes.ts'
import type { StayCode } from './report-codes.ts'
import { systemErrorName } from './system-error-name.ts'

/** A file that stays, and why. */
export interface StayingFile {
  readonly path: string
  readonly code: StayCode
  readonly detail: string
  readonly session?: Required<SessionAddress>
}

/** A file that can go: what it was when it was read, and what it rests on. */
export interface MovableFile extends ArchivedFile {
  readonly facts: FileFacts
}

/** What an archive will do. */
export interface ArchivePlan {
  readonly files: readonly MovableFile[]
  readonly stays: readonly StayingFile[]
}

/** What SQLite keeps beside a database. The log goes after the database: nobody then opens one without its tail. */
const DATABASE_FILES = ['', '-wal', '-journal', '-shm']

/**
 * Decides which files of a source can go: those that are, byte for byte, what the store was proven to have, and that
 * nobody holds open. Reads each of them once more, whole, and writes nothing.
 *
 * @param root the folder that the files' places in the archive are told from
 */
export async function planArchive(
  proofs: readonly SessionProof[],
  root: string,
  withDatabases: boolean,
): Promise<ArchivePlan> {
  const files: MovableFile[] = []
  const stays: StayingFile[] = []
  const open = await openInodes()
  const databases = new Map<string, ProvenRows[]>()
  for (const { session, database } of proofs) {
    if (!database) continue
    const { path } = database.witness
    databases.set(path, [...(databases.get(path) ?? []), { session, database }])
  }
  const heldNamespaces = new Set<string>()
  for (const [path, told] of databases) {
    if (await isHeld(path, open)) for (const { session } of told) heldNamespaces.add(session.namespace)
  }

  for (const { session, files: told } of proofs) {
    for (const { witness, digest, note, fault } of told) {
      const { path } = witness
      const stay = (code: StayCode, detail: string): void => void stays.push({ path, code, detail, session })
      if (!note) stay(fault?.code ?? 'not-proven', fault?.detail ?? 'nothing accounts for it')
      else if (heldNamespaces.has(session.namespace)) {
        stay('in-use', 'a process has the database of its gateway open')
      } else {
        const facts = await movableFacts(path, open, stay)
        if (facts && facts.sha256 !== digest) stay('changed', 'it is not what was proven a moment ago')
        else if (facts) files.push(movable(path, root, facts, [proofOf(session, note)]))
      }
    }
  }

  if (withDatabases) {
    for (const [path, told] of databases) {
      const planned = await planDatabase(path, told, root, open)
      if ('code' in planned) stays.push(planned)
      else files.push(...planned.files)
    }
  }
  return { files, stays }
}

interface ProvenRows {
  readonly session: Required<SessionAddress>
  readonly database: WitnessProof
}

function proofOf(
  { namespace, id }: Required<SessionAddress>,
  { importId, key, verdict }: AccountingNote,
): ArchiveProof {
  return { namespace, session: id, importId, key, verdict }
}

async function planDatabase(
  path: string,
  told: readonly ProvenRows[],
  root: string,
  open: ReadonlySet<string> | null,
): Promise<StayingFile | { readonly files: readonly MovableFile[] }> {
  if (await isHeld(path, open)) return { path, code: 'in-use', detail: 'a process has it open' }
  const without = told.filter(({ database }) => database.note === null)
  const [first] = without
  if (first) {
    const { session, database } = first
    const code = database.fault?.code ?? 'not-proven'
    return {
      path,
      code,
      detail: `${without.length} of the sessions it tells cannot be archived`,
      session,
    }
  }
  const proofs = told.flatMap(({ session, database: { note } }) => (note ? [proofOf(session, note)] : []))
  const files: MovableFile[] = []
  for (const suffix of DATABASE_FILES) {
    const own = path + suffix
    const refused: StayingFile[] = []
    const isThere = (await lstat(own).catch(() => null)) !== null
    if (!isThere && suffix !== '') continue
    const facts = await movableFacts(own, open, (code, detail) => refused.push({ path: own, code, detail }))
    if (refused[0]) return refused[0]
    if (facts) files.push(movable(own, root, facts, proofs))
  }
  for (const { session, database } of told) {
    if (!(await database.witness.unchanged()))
      return { path, code: 'grown', detail: 'its rows have changed', session }
  }
  return { files }
}

async function movableFacts(
  path: string,
  open: ReadonlySet<string> | null,
  stay: (code: StayCode, detail: string) => void,
): Promise<FileFacts | null> {
  try {
    const facts = await fileFacts(path)
    if (facts === null) stay('changed', 'there is none of this name any more')
    else if (facts === 'changed') stay('changed', 'it kept changing while it was read')
    else if (facts === 'not-a-file') stay('not-a-regular-file', 'it is no regular file')
    else if (open?.has(inodeName(facts))) stay('in-use', 'a process has it open')
    else return facts
  } catch (error) {
    stay('unreadable-file', `reading it failed with ${systemErrorName(error)}`)
  }
  return null
}

function movable(path: string, root: string, facts: FileFacts, proofs: readonly ArchiveProof[]): MovableFile {
  const { size, sha256, mtimeNs, mode } = facts
  return { path, target: relative(root, path), size, sha256, mtimeNs, mode, proofs, facts }
}

async function isHeld(path: string, open: ReadonlySet<string> | null): Promise<boolean> {
  if (!open) return false
  for (const suffix of DATABASE_FILES) {
    const stats = await lstat(path + suffix, { bigint: true }).catch(() => null)
    if (stats && open.has(inodeName(stats))) return true
  }
  return false
}
