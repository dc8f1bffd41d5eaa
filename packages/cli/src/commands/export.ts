import { mkdir, realpath, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { DEFAULT_NAMESPACE, type Session, type TranscriptReader } from '@faircopy/store-core'
import type { Context } from '../context/context.ts'
import { safeFileName } from '../files/safe-file-name.ts'
import { writeLines } from '../files/text-sink.ts'
import { writeFileAtomically } from '../files/write-file-atomically.ts'
import { writeHermesHome } from '../hermes/write-hermes-home.ts'
import { UsageError } from '../process/cli-error.ts'
import { ExitCode } from '../process/exit-code.ts'
import { EXPORT_EXTENSIONS, type ExportFormat } from '../reports/export-formats.ts'
import { type ExportedStore, exportSession } from '../reports/export-session.ts'
import { storedSession } from '../store/find-session.ts'
import { withReader } from '../store/open-store.ts'
import { StoreHarm } from '../store/store-harm.ts'
import { plural } from '../text/plural.ts'
import { sessionName } from '../text/session-name.ts'
import { shortPath } from '../text/short-path.ts'
import { type Cell, table } from '../text/table.ts'

/** Options of `faircopy export`. */
export interface ExportOptions {
  readonly all?: boolean
  readonly format?: ExportFormat | 'hermes'
  readonly out?: string
  readonly force?: boolean
}

/** A session's file, once it is written. */
interface ExportedFile {
  readonly session: Session
  readonly entries: number
  /** Null: the session says nothing, and has none. */
  readonly path: string | null
}

/** `faircopy export SESSION…`: writes sessions out. */
export async function runExport(
  context: Context,
  ids: readonly string[],
  options: ExportOptions,
): Promise<ExitCode> {
  const { all = false, out, force = false, format = context.json ? 'ndjson' : 'jsonl' } = options
  if (all === ids.length > 0)
    throw new UsageError(all ? 'Name sessions or --all, not both.' : 'Name a session, or --all.')
  if (format === 'hermes') return exportHome(context, ids, { all, out, force })
  const several = all || ids.length > 1
  if (out === undefined) {
    if (force) throw new UsageError('--force goes with --out.')
    if (several && format === 'jsonl') {
      throw new UsageError(
        'Records of several sessions on one stream could not be told apart.',
        'Name a folder with --out, or use --format ndjson.',
      )
    }
  }
  return withReader(context, async (store) => {
    const harm = new StoreHarm(context.databasePath)
    const sessions = all ? harm.without(listed(context, store)) : named(context, store, ids)
    if (out === undefined) await toStdout(context, store, sessions, format, harm)
    else {
      const to = { format, force, out: resolve(out), several, harm }
      await writeLines(context.out, fileLines(context, await toFiles(context, store, sessions, to), format))
    }
    harm.tell()
    return ExitCode.done
  })
}

async function exportHome(
  context: Context,
  ids: readonly string[],
  { all, out, force }: { readonly all: boolean; readonly out: string | undefined; readonly force: boolean },
): Promise<ExitCode> {
  if (out === undefined)
    throw new UsageError('--format hermes needs --out, a folder that does not exist yet.')
  if (force) throw new UsageError('A home is never written over another one, so --force does not go with it.')
  const { namespace, signal, ink } = context
  return withReader(context, async (store) => {
    const harm = new StoreHarm(context.databasePath)
    const sessions = all ? harm.without(listed(context, store)) : named(context, store, ids)
    const files = await writeHermesHome(store, sessions, { out: resolve(out), namespace, signal })
    await writeLines(context.out, fileLines(context, files, 'hermes'))
    const fileOnly = files.reduce((sum, file) => sum + file.fileOnly, 0)
    if (!context.json && fileOnly > 0) {
      const told = `${plural(fileOnly, 'message')} that its database can't hold (parts, images) ${fileOnly === 1 ? 'is' : 'are'}`
      await writeLines(context.out, [ink.dim(`  ${told} in the files alone, as that version keeps them`)])
    }
    harm.tell()
    return ExitCode.done
  })
}

/** All of them are looked up before anything is written. */
async function* named(
  context: Context,
  store: TranscriptReader,
  ids: readonly string[],
): AsyncGenerator<Session> {
  const sessions: Session[] = []
  for (const id of new Set(ids)) sessions.push(await storedSession(store, id, context.namespace))
  yield* sessions
}

function listed({ namespace }: Context, store: TranscriptReader): AsyncIterable<Session> {
  return store.sessions(namespace === undefined ? {} : { namespace })
}

async function toStdout(
  { out, signal }: Context,
  store: ExportedStore,
  sessions: AsyncIterable<Session>,
  format: ExportFormat,
  harm: StoreHarm,
): Promise<void> {
  let first = true
  for await (const session of sessions) {
    if (out.closed) break
    if (format === 'markdown' && !first) await out.write('\n')
    await exportSession(store, session, out, { format, harm, signal }).catch((error: unknown) =>
      harm.add(error),
    )
    first = false
  }
}

async function toFiles(
  context: Context,
  store: ExportedStore,
  sessions: AsyncIterable<Session>,
  to: {
    readonly format: ExportFormat
    readonly force: boolean
    readonly out: string
    readonly several: boolean
    readonly harm: StoreHarm
  },
): Promise<readonly ExportedFile[]> {
  const intoFolder = to.several || (await isFolder(to.out))
  const files: ExportedFile[] = []
  for await (const session of sessions) {
    const path = intoFolder ? join(to.out, fileIn(session, to.format)) : to.out
    if (intoFolder) await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    await refuseStore(path, context.databasePath)
    let entries = 0
    try {
      await writeFileAtomically(path, to, async (sink) => {
        entries = await exportSession(store, session, sink, { ...to, signal: context.signal })
      })
      files.push({ session, entries, path })
    } catch (error) {
      to.harm.add(error)
    }
  }
  return files
}

/** A session's file in a folder; namespaces but the default one have folders of their own. No name is taken as a path. */
function fileIn({ namespace, id }: Session, format: ExportFormat): string {
  const name = safeFileName(id) + EXPORT_EXTENSIONS[format]
  return namespace === DEFAULT_NAMESPACE ? name : join(safeFileName(namespace), name)
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isDirectory() ?? false
}

/** Even --force does not put a transcript in the place of the store it comes from. */
async function refuseStore(path: string, databasePath: string): Promise<void> {
  const [target, store] = await Promise.all(
    [path, databasePath].map((file) => realpath(file).catch(() => file)),
  )
  if ([store, `${store}-wal`, `${store}-shm`].includes(target)) {
    throw new UsageError('--out names the store itself.')
  }
}

function fileLines(
  { json, ink }: Context,
  files: readonly ExportedFile[],
  format: ExportFormat | 'hermes',
): string[] {
  if (json) {
    const sessions = files.map(({ session, entries, path }) => {
      const { namespace, id, head } = session
      return { namespace, id, entries, head, path }
    })
    return [JSON.stringify({ format, sessions }, null, 2)]
  }
  const rows = files.map(({ session, entries, path }): Cell[] => [
    [sessionName(session), 'bold'],
    plural(entries, 'entry', 'entries'),
    path === null ? '' : shortPath(path),
  ])
  return table(ink, [{ heading: '' }, { heading: '', align: 'right' }, { heading: '' }], rows)
}
