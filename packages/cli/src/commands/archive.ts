import { lstat, readdir } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import {
  type BesideCount,
  besideCounts,
  isFinding,
  type LegacySource,
  SOURCE_CODES,
  type SourceFinding,
} from '@faircopy/legacy-jsonl'
import { type ArchivedFile, isManifestName, readManifest } from '../archive/archive-manifest.ts'
import { planArchive, type StayingFile } from '../archive/plan-archive.ts'
import { type Archived, runArchive } from '../archive/run-archive.ts'
import { stayMeaning } from '../archive/stay-meaning.ts'
import { type Restored, undoArchive } from '../archive/undo-archive.ts'
import { SOURCE_COMMANDS } from '../context/code-commands.ts'
import type { Context } from '../context/context.ts'
import {
  type CommandOptions,
  type CommandWords,
  commandOptions,
  nextCommand,
} from '../context/next-command.ts'
import { progressOn } from '../context/progress.ts'
import { writeLines } from '../files/text-sink.ts'
import { UsageError } from '../process/cli-error.ts'
import { ExitCode } from '../process/exit-code.ts'
import type { StayCode } from '../reports/report-codes.ts'
import { knownTo, refuseNowhere, withSources } from '../sources/open-source.ts'
import { verifySources } from '../sources/verify-sources.ts'
import { withReader } from '../store/open-store.ts'
import { besideLines } from '../text/beside-text.ts'
import type { Ink } from '../text/ink.ts'
import { plural } from '../text/plural.ts'
import { sentence } from '../text/sentence.ts'
import { shellWord } from '../text/shell-word.ts'
import { pathWithin, shortPath } from '../text/short-path.ts'
import { type Cell, table } from '../text/table.ts'

/** Options of `faircopy archive`. */
export interface ArchiveOptions {
  readonly format: string
  readonly timeZone?: string
  readonly to?: string
  readonly database?: boolean
  readonly unanchored?: boolean
  readonly dryRun?: boolean
  readonly undo?: string
  /** Goes with `undo`, which without it only says what would come back. */
  readonly yes?: boolean
}

const STAYS_SHOWN = 50

/** `faircopy archive SOURCE`: moves aside what the store was proven to have, and puts it back. */
export async function runArchiveCommand(
  context: Context,
  args: readonly string[],
  options: ArchiveOptions,
): Promise<ExitCode> {
  const [path, ...others] = args
  const { undo, yes = false } = options
  if (undo !== undefined) {
    if (path !== undefined) throw new UsageError('--undo takes a manifest, and no source is named.')
    if (yes && options.dryRun)
      throw new UsageError('--dry-run writes nothing, and --yes does it: give one of them.')
    return putBack(context, resolve(undo), !yes)
  }
  if (yes) throw new UsageError('--yes goes with --undo.')
  if (path === undefined) throw new UsageError("missing required argument 'source'.")
  if (others.length > 0) throw new UsageError('One source is archived at a time.')
  return archive(context, resolve(path), options)
}

async function archive(context: Context, source: string, options: ArchiveOptions): Promise<ExitCode> {
  const { format, timeZone, database = false, unanchored = false, dryRun = false } = options
  const { namespace, databasePath: store, signal } = context
  const root = (await lstat(source).catch(() => null))?.isFile() ? dirname(source) : source
  const to = resolve(options.to ?? join(dirname(root), `${basename(root)}-archive`))
  if (to === root)
    throw new UsageError('An archive cannot be the folder of its source.', 'Name another --to.')
  const progress = progressOn(context.io)
  try {
    const reading = { format, namespace, timeZone, known: knownTo(context) }
    const archived = await withSources([source], reading, async ([opened]) => {
      if (!opened) throw new UsageError('A source is needed.')
      await refuseNowhere(context, [opened])
      const [verified] = await withReader(context, (reader) =>
        verifySources([opened], reader, { witnesses: true, signal, onProgress: progress.proven }),
      )
      const { sessions = [], findings = [] } = verified ?? {}
      const found = lacksAmong(findings)
      const isArchived = found.length > 0 && (await wasArchived(source, to))
      const lacks = isArchived ? [] : found
      const passed = passedOver(opened)
      const unread = new Map(passed.map(({ path, code }) => [path, code]))
      const plan = await planArchive(sessions, root, { database, unanchored, unread })
      const stays = [...passed, ...plan.stays]
      const others = { isHome: opened.format === 'hermes', beside: besideCounts(opened.problems) }
      if (dryRun) return { manifests: [], moved: plan.files, stays, lacks, isArchived, others }
      const done = await runArchive(plan.files, { source, store, to, signal, onProgress: progress.moved })
      return { ...done, stays: [...stays, ...done.stays], lacks, isArchived, others }
    })
    progress.stop()
    const told: Told = { source, to, dryRun, database, ...archived }
    const repeated = commandOptions(context, { format, timeZone })
    if (context.json) await writeLines(context.out, [archiveJson(told, repeated)])
    else
      await writeLines(
        context.out,
        archiveLines(context, told, { ...repeated, more: archiveOptions(options) }),
      )
    const { stays, lacks } = archived
    return stays.length === 0 && lacks[0] ? lackExit(lacks[0]) : exitCodeOf(stays)
  } finally {
    progress.stop()
  }
}

/** The options that choose what an archive takes, and where it goes. */
function archiveOptions({ to, database, unanchored }: ArchiveOptions): string {
  return [
    to === undefined ? '' : ` --to ${shellWord(resolve(to))}`,
    database ? ' --database' : '',
    unanchored ? ' --unanchored' : '',
  ].join('')
}

/** That the source tells no session: then there is nothing to archive. */
interface Lack {
  readonly code: 'no-transcript' | 'source-gone'
  /** What was found instead, or else the source. */
  readonly path: string
  readonly detail: string
}

function lacksAmong(findings: readonly SourceFinding[]): Lack[] {
  return findings.flatMap(({ code, path = '', detail }) =>
    code === 'no-transcript' || code === 'source-gone' ? [{ code, path, detail }] : [],
  )
}

function lackExit({ code }: Lack): ExitCode {
  return code === 'no-transcript' ? ExitCode.noInput : ExitCode.findings
}

/** Whether an archive of the source lies there, with a manifest that was not undone. */
async function wasArchived(source: string, to: string): Promise<boolean> {
  for (const name of await readdir(to).catch((): string[] => [])) {
    const manifest = isManifestName(name) ? await readManifest(join(to, name)).catch(() => null) : null
    if (manifest?.source === source) return true
  }
  return false
}

/** What the source has beside its sessions, and could not be read. */
function passedOver({ problems }: LegacySource): StayingFile[] {
  return problems.filter(isFinding).map(({ path, code, detail }) => ({ path, code, detail }))
}

async function putBack(context: Context, path: string, dryRun: boolean): Promise<ExitCode> {
  const progress = progressOn(context.io)
  try {
    const restored = await undoArchive(path, { dryRun, signal: context.signal, onProgress: progress.moved })
    progress.stop()
    if (context.json) await writeLines(context.out, [restoreJson(context, restored, dryRun)])
    else await writeLines(context.out, restoreLines(context, restored, dryRun))
    return exitCodeOf(restored.stays)
  } finally {
    progress.stop()
  }
}

function exitCodeOf(stays: readonly StayingFile[]): ExitCode {
  if (stays.some(({ code }) => code === 'move-failed')) return ExitCode.io
  return stays.length > 0 ? ExitCode.findings : ExitCode.done
}

interface Told extends Archived {
  readonly source: string
  readonly to: string
  readonly dryRun: boolean
  readonly lacks: readonly Lack[]
  /** What no archive moves, or not without `--database`. */
  readonly others: { readonly isHome: boolean; readonly beside: readonly BesideCount[] }
  readonly database: boolean
  /** Nothing is left of it, since all of it was archived to this very place before. */
  readonly isArchived: boolean
}

function archiveJson(
  { source, to, dryRun, manifests, moved, stays, lacks }: Told,
  options: CommandOptions,
): string {
  const document = {
    source,
    to,
    dryRun,
    manifests,
    moved: filesJson(moved),
    stays: staysJson(stays, { ...options, source }),
    problems: lacks.map((lack) => ({ ...lack, next: lackCommand(source, lack, options) })),
  }
  return JSON.stringify(document, null, 2)
}

function lackCommand(source: string, { code, path }: Lack, options: CommandOptions): string | null {
  if (code === 'no-transcript' && path === source) return null
  const command = code === 'no-transcript' ? 'faircopy archive FOLDER' : SOURCE_COMMANDS[code]
  return nextCommand(command, { ...options, source, folder: path })
}

function lackLines({ ink }: Context, source: string, lack: Lack, options: CommandOptions): string[] {
  const next = lackCommand(source, lack, options)
  const isFound = lack.code === 'no-transcript' && next !== null
  return [
    `  ${ink.plain(sentence(lack.detail))}${isFound ? '' : ` ${SOURCE_CODES[lack.code].step}`}`,
    ...(next === null ? [] : [`    ${ink.cyan(next)}`]),
  ]
}

function restoreJson(
  context: Context,
  { source, restored, stays, manifest }: Restored,
  dryRun: boolean,
): string {
  return JSON.stringify(
    {
      manifest,
      source,
      dryRun,
      restored: filesJson(restored),
      stays: staysJson(stays, { ...commandOptions(context), source, manifest }),
    },
    null,
    2,
  )
}

function filesJson(files: readonly ArchivedFile[]): object[] {
  return files.map(({ path, target, size, sha256 }) => ({ path, target, bytes: size, sha256 }))
}

function staysJson(stays: readonly StayingFile[], words: CommandWords): object[] {
  return stays.map(({ path, code, detail, session }) => ({
    path,
    code,
    detail,
    ...(session ? { session: session.id, namespace: session.namespace } : {}),
    next: nextCommand(stayMeaning(code).command, { ...words, file: path, session }),
  }))
}

function archiveLines(context: Context, told: Told, { more, ...options }: CommandWords): string[] {
  const { ink } = context
  const { source, dryRun, manifests, moved, stays, lacks } = told
  const undo = manifests.map((path) =>
    ink.cyan(nextCommand('faircopy archive --undo MANIFEST --yes', { manifest: path })),
  )
  return [
    ink.bold(headlineOf(context, told)),
    ...(dryRun || moved.length === 0 ? [] : ['  To put them back:', ...undo.map((line) => `    ${line}`)]),
    ...lacks.flatMap((lack) => lackLines(context, source, lack, options)),
    ...stayLines(context, source, stays, { ...options, source }),
    ...(moved.length + stays.length === 0 ? [] : otherLines(ink, told)),
    ...(dryRun && moved.length > 0
      ? ['', ink.plain(`Next: ${nextCommand('faircopy archive SOURCE', { ...options, source, more })}`)]
      : []),
  ]
}

/** What stays besides, since it is no transcript or was not read. */
function otherLines(ink: Ink, { others: { isHome, beside }, stays, database }: Told): string[] {
  const isTold = database || stays.some(({ code }) => code === 'database-unreadable')
  const index = `  Besides, its index (sessions.json) is never moved${isTold ? '' : ', and its database (state.db) only with --database'}.`
  const lines = [...(isHome ? [ink.dim(index)] : []), ...besideLines(ink, beside)]
  return lines.length === 0 ? [] : ['', ...lines]
}

function headlineOf(
  { databasePath }: Context,
  { source, to, dryRun, moved, stays, lacks: [lack], isArchived }: Told,
): string {
  const name = shortPath(source)
  if (moved.length > 0) {
    const bytes = moved.reduce((sum, { size }) => sum + size, 0).toLocaleString('en')
    const files = `${plural(moved.length, 'file')} of ${name} (${bytes} bytes)`
    return dryRun
      ? `A dry run: ${files} would go to ${shortPath(to)}. Nothing was moved.`
      : `Moved ${files} to ${shortPath(to)}`
  }
  if (stays.length > 0) return `Nothing of ${name} was moved.`
  if (isArchived) return `Nothing is left to move in ${name}: its archive lies in ${shortPath(to)}.`
  if (!lack) return `Nothing of ${name} was moved: it has nothing but a database, which goes with --database.`
  return lack.code === 'no-transcript'
    ? `No transcript was found in ${name}, so nothing was moved.`
    : `Nothing is left to move in ${name}, of which ${shortPath(databasePath)} knows sessions.`
}

function restoreLines(
  context: Context,
  { source, restored, stays, manifest }: Restored,
  dryRun: boolean,
): string[] {
  const { ink } = context
  const files = plural(restored.length, 'file')
  const wasUndone = restored.length + stays.length === 0
  const headline = wasUndone
    ? `${shortPath(manifest)} was undone before: nothing is left to put back.`
    : dryRun
      ? `A dry run: ${files} would come back to ${shortPath(source)}. Nothing was moved.`
      : `${files} ${restored.length === 1 ? 'is' : 'are'} back in ${shortPath(source)}, as they were.`
  const next = nextCommand('faircopy archive --undo MANIFEST --yes', { manifest })
  return [
    ink.bold(headline),
    ...stayLines(context, source, stays, { ...commandOptions(context), source, manifest }),
    ...(dryRun && restored.length > 0 ? ['', `To do it: ${ink.cyan(next)}`] : []),
  ]
}

/** The files that stay, and once for each reason what it means and what to do. */
function stayLines(
  context: Context,
  source: string,
  stays: readonly StayingFile[],
  words: CommandWords,
): string[] {
  if (stays.length === 0) return []
  const { ink } = context
  const rows = stays.slice(0, STAYS_SHOWN).map(({ path, code, detail }): Cell[] => [
    [pathWithin(source, path), 'plain'],
    [code, 'yellow'],
    [detail, 'dim'],
  ])
  // Of one file several things may be said.
  const files = new Set(stays.map(({ path }) => path)).size
  const more = stays.length - rows.length
  const first = new Map<StayCode, StayingFile>()
  for (const stay of stays) if (!first.has(stay.code)) first.set(stay.code, stay)
  const advice = [...first].flatMap(([code, { path, session }]) => {
    const { step, command } = stayMeaning(code)
    const next = nextCommand(command, { ...words, file: path, session })
    return [ink.dim(`  ${code}: ${step}`), ...(next === null ? [] : [`    ${ink.cyan(next)}`])]
  })
  return [
    '',
    ink.bold(`${plural(files, 'file')} ${files === 1 ? 'stays' : 'stay'}`),
    ...table(ink, [{ heading: '' }, { heading: '' }, { heading: '' }], rows),
    ...(more > 0 ? [`  and ${plural(more, 'more', 'more')}; --json lists all`] : []),
    ...advice,
  ]
}
