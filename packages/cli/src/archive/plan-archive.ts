import { lstat } from 'node:fs/promises'
import { dirname, relative } from 'node:path'
import type {
  AccountingNote,
  SessionVerification,
  SourceFindingCode,
  WitnessLack,
  WitnessProof,
} from '@faircopy/legacy-jsonl'
import type { SessionAddress } from '@faircopy/store-core'
import { CliError } from '../process/cli-error.ts'
import { systemErrorName } from '../process/system-error-name.ts'
import type { StayCode } from '../reports/report-codes.ts'
import type { ArchivedFile, ArchiveProof } from './archive-manifest.ts'
import { type FileFacts, fileFacts } from './exclusive-move.ts'
import { inodeName, openInodes } from './open-inodes.ts'
import { pinFolder } from './pinned-folder.ts'

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
  /** Of a database: what SQLite keeps beside one, and was not there. */
  readonly lacks: readonly string[]
}

/** What an archive will do. */
export interface ArchivePlan {
  readonly files: readonly MovableFile[]
  readonly stays: readonly StayingFile[]
}

/** What SQLite keeps beside a database. The log goes after the database: nobody then opens one without its tail. */
const DATABASE_FILES = ['', '-wal', '-journal', '-shm']

/** What would be taken for the log of a database of this path. */
export function logsOf(path: string): readonly string[] {
  return ['-wal', '-journal'].map((suffix) => path + suffix)
}

/** The database that a file lies beside, if its name says so. SQLite takes it for part of whatever has that name. */
export function databaseBeside(path: string): string | null {
  const suffix = DATABASE_FILES.find((each) => each !== '' && path.endsWith(each))
  return suffix === undefined ? null : path.slice(0, -suffix.length)
}

/** Which of what is proven may go. */
export interface ArchiveRules {
  /** Databases too, once all their sessions can go. */
  readonly database: boolean
  /** The files of which something could not be read, whosever it is, and why. */
  readonly unread: ReadonlyMap<string, StayCode>
  /** Also witnesses in which nothing is distinctive. */
  readonly unanchored: boolean
}

/**
 * Decides which files of a source can go: those that are, byte for byte, what the store was proven to have, and that
 * nobody holds open. Reads each of them once more, whole, and writes nothing.
 *
 * @param root the folder that the files' places in the archive are told from
 */
export async function planArchive(
  sessions: readonly SessionVerification[],
  root: string,
  rules: ArchiveRules,
): Promise<ArchivePlan> {
  const files: MovableFile[] = []
  const stays: StayingFile[] = []
  const open = await openInodes()
  const databases = new Map<string, ProvenRows[]>()
  const databasePaths = new Set(
    sessions.flatMap(({ witnesses }) =>
      witnesses.flatMap(({ witness: { kind, path } }) => (kind === 'database' ? [path] : [])),
    ),
  )
  for (const { namespace, id, findings, witnesses } of sessions) {
    for (const proof of witnesses) {
      const { kind, path } = proof.witness
      if (kind !== 'database') continue
      const fault = faultOf(proof, findings, rules, databasePaths)
      databases.set(path, [...(databases.get(path) ?? []), { session: { namespace, id }, proof, fault }])
    }
  }
  const heldNamespaces = new Set<string>()
  for (const [path, told] of databases) {
    if (await isHeld(path, open)) for (const { session } of told) heldNamespaces.add(session.namespace)
  }

  for (const { namespace, id, findings, witnesses } of sessions) {
    const session = { namespace, id }
    for (const proof of witnesses) {
      const { path, kind } = proof.witness
      if (kind !== 'file') continue
      const stay = (code: StayCode, detail: string, of = session): void =>
        void stays.push({ path, code, detail, session: of })
      const fault = faultOf(proof, findings, rules, databasePaths)
      if (fault) stay(fault.code, fault.detail, fault.session)
      else if (heldNamespaces.has(namespace)) {
        stay('in-use', 'a process has the database of its gateway open')
      } else {
        const facts = await movableFacts(path, root, open, stay)
        // Looks again: whether the file is the one that was proven.
        if (facts && facts.sha256 !== proof.digest) stay('changed', 'it is not what was proven a moment ago')
        else if (facts && proof.note)
          files.push({ ...movable(path, root, facts, [proofOf(session, proof.note)]), lacks: [] })
      }
    }
  }

  if (rules.database) {
    for (const [path, told] of databases) {
      if (rules.unread.has(path)) continue
      const planned = await planDatabase(path, told, root, open)
      if ('code' in planned) stays.push(planned)
      else files.push(...planned.files)
    }
  }
  return { files, stays }
}

interface Fault {
  readonly code: StayCode
  readonly detail: string
  /** Where it is of another session than the witness: of its branch. */
  readonly session?: Required<SessionAddress>
}

const STAY_OF_FINDING: { readonly [C in SourceFindingCode]?: StayCode } = {
  'never-imported': 'not-imported',
  'session-gone': 'session-deleted',
  'unreadable-session': 'not-imported',
  'no-message': 'no-message',
  'line-pruned': 'pruned',
  undecided: 'undecided',
  'several-files': 'several-files',
  'source-unreadable': 'unreadable-file',
  'source-grown': 'grown',
  'source-changed': 'grown',
  'bytes-not-kept': 'bytes-not-kept',
}

const STAY_OF_LACK: { readonly [L in WitnessLack]: StayCode } = {
  withheld: 'withheld',
  redacted: 'redacted',
  'not-whole': 'not-proven',
  'not-kept': 'grown',
  'too-long': 'bytes-not-kept',
}

/**
 * Why a witness stays: the first finding about its session, what only it has, or what its match rests on.
 *
 * @param databases the paths of all databases of the source
 */
function faultOf(
  { witness, note, lack, anchored }: WitnessProof,
  findings: SessionVerification['findings'],
  { unanchored, unread }: ArchiveRules,
  databases: ReadonlySet<string>,
): Fault | null {
  const own = findings.filter(({ path }) => path === undefined || path === witness.path)
  const [finding = findings[0]] = own
  if (finding && (own.length > 0 || note === null)) {
    // Rows that cannot be read are mended in their database, whichever file of the session stays for them.
    const lacksRows = finding.code === 'source-unreadable' && databases.has(finding.path ?? '')
    const elsewhere = finding.path === witness.path ? undefined : unread.get(finding.path ?? '')
    const code = lacksRows
      ? 'database-unreadable'
      : (elsewhere ?? STAY_OF_FINDING[finding.code] ?? 'not-proven')
    const { detail, namespace, session: id } = finding
    return {
      code,
      detail,
      ...(namespace !== undefined && id !== undefined && { session: { namespace, id } }),
    }
  }
  if (note === null) return { code: 'not-imported', detail: 'nothing in the store accounts for it' }
  if (lack) return { code: STAY_OF_LACK[lack.code], detail: lack.detail }
  if (!anchored && !unanchored) return { code: 'no-anchor', detail: 'nothing in it is distinctive' }
  return null
}

interface ProvenRows {
  readonly session: Required<SessionAddress>
  readonly proof: WitnessProof
  readonly fault: Fault | null
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
  const without = told.filter(({ fault }) => fault !== null)
  const [first] = without
  if (first?.fault) {
    const detail = `${without.length} of the sessions it tells cannot be archived`
    return { path, code: first.fault.code, detail, session: first.fault.session ?? first.session }
  }
  const proofs = told.flatMap(({ session, proof: { note } }) => (note ? [proofOf(session, note)] : []))
  const found: Omit<MovableFile, 'lacks'>[] = []
  const lacks: string[] = []
  for (const suffix of DATABASE_FILES) {
    const own = path + suffix
    const refused: StayingFile[] = []
    const isThere = (await lstat(own).catch(() => null)) !== null
    if (!isThere && suffix !== '') {
      lacks.push(own)
      continue
    }
    const facts = await movableFacts(own, root, open, (code, detail) =>
      refused.push({ path: own, code, detail }),
    )
    if (refused[0]) return refused[0]
    if (facts) found.push(movable(own, root, facts, proofs))
  }
  // Looks again: whether the rows are the ones that were proven.
  for (const { session, proof } of told) {
    if (!(await proof.witness.unchanged()))
      return { path, code: 'grown', detail: 'its rows have changed', session }
  }
  return { files: found.map((file) => ({ ...file, lacks: file.path === path ? lacks : [] })) }
}

async function movableFacts(
  path: string,
  root: string,
  open: ReadonlySet<string> | null,
  stay: (code: StayCode, detail: string) => void,
): Promise<FileFacts | null> {
  try {
    const folder = await pinFolder(root, relative(root, dirname(path)), { make: false })
    await folder?.close()
    const facts = await fileFacts(path)
    if (facts === null) stay('changed', 'there is none of this name any more')
    else if (facts === 'changed') stay('changed', 'it kept changing while it was read')
    else if (facts === 'not-a-file') stay('not-a-regular-file', 'it is no regular file')
    else if (open?.has(inodeName(facts))) stay('in-use', 'a process has it open')
    else return facts
  } catch (error) {
    if (error instanceof CliError) stay('symbolic-link', 'a folder on the way to it is a link')
    else stay('unreadable-file', `reading it failed with ${systemErrorName(error)}`)
  }
  return null
}

function movable(
  path: string,
  root: string,
  facts: FileFacts,
  proofs: readonly ArchiveProof[],
): Omit<MovableFile, 'lacks'> {
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
