import { realpath } from 'node:fs/promises'
import { relative, resolve } from 'node:path'
import { hermesHomeOfPart, isHermesHome, openHermesHome } from '@faircopy/legacy-hermes'
import {
  jsonlAdapters,
  type LegacySource,
  openJsonlSource,
  SOURCE_CODES,
  type SourceProblem,
  SourceUnreadable,
  sessionsOfSource,
  wasToldByFile,
} from '@faircopy/legacy-jsonl'
import type { SessionAddress } from '@faircopy/store-core'
import type { Context } from '../context/context.ts'
import { nextCommand } from '../context/next-command.ts'
import { CliError, UsageError } from '../process/cli-error.ts'
import { ExitCode } from '../process/exit-code.ts'
import { storeExists, withReaderOrNull } from '../store/open-store.ts'
import { FORMAT_NAMES } from '../text/format-names.ts'
import { sentence } from '../text/sentence.ts'
import { lookAround } from './look-around.ts'

/** How sources are read. */
export interface SourceOptions {
  /** `auto`, `hermes`, or the name of a JSONL format. */
  readonly format: string
  readonly namespace: string | undefined
  /** Of stamps that name no zone. */
  readonly timeZone: string | undefined
  readonly known: KnownSources
}

/** What a store, where there is one, knows of sources. */
export interface KnownSources {
  /** Whether it knows sessions of a source: one that is not there is then one that tells none. */
  readonly hasSource?: (path: string) => Promise<boolean>
  /** Whether a file told it a session: one that is damaged is then read all the same. */
  readonly hasFileOf: (session: Required<SessionAddress>) => Promise<boolean>
}

/** Opens a home, a folder of transcripts, or one file. Fails with `SourceUnreadable`. */
async function openSource(path: string, options: SourceOptions): Promise<LegacySource> {
  const { format, namespace, timeZone, known } = options
  const reading = {
    ...(namespace === undefined ? {} : { namespace }),
    ...(timeZone === undefined ? {} : { timeZone }),
  }
  if (format === 'hermes' || (format === 'auto' && (await isHermesHome(path)))) {
    return asPart(await openHermesHome(path, reading))
  }
  const isKnown = known.hasFileOf
  if (format === 'auto') return asPart(await openJsonlSource(path, { ...reading, isKnown }))
  const adapter = jsonlAdapters(reading).find(({ name }) => name === format)
  if (!adapter)
    throw new UsageError(`There is no format of that name. There are: ${FORMAT_NAMES.join(', ')}.`)
  return asPart(await openJsonlSource(path, { ...reading, isKnown, adapter }))
}

/** A source that is only a part of a home says so. */
async function asPart(source: LegacySource): Promise<LegacySource> {
  const home = await hermesHomeOfPart(source.path)
  if (home === null) return source
  const detail = `of this Hermes home only ${relative(home, source.path)} was read, as a source of its own`
  const part: SourceProblem = { code: 'part-of-home', path: home, detail }
  return {
    path: source.path,
    get format() {
      return source.format
    },
    get problems() {
      return [part, ...source.problems]
    },
    sessions: () => source.sessions(),
    close: () => source.close(),
  }
}

/** Fails with `NO_SOURCE` where there is none, and no store knows of one. */
async function openOrMiss(path: string, options: SourceOptions): Promise<LegacySource> {
  try {
    return await openSource(path, options)
  } catch (error) {
    if (!(error instanceof SourceUnreadable && error.isAbsent)) throw error
    if (await options.known.hasSource?.(path)) return goneSource(path)
    throw await noSource(path, options.format, error.message)
  }
}

/** That there is nothing to read, with what lies there instead. */
async function noSource(path: string, format: string, message: string): Promise<CliError> {
  const { folders, told } = await lookAround(path, format)
  const commands = folders.map((folder) => nextCommand('faircopy audit SOURCE', { source: folder.path }))
  const next =
    commands.length === 0 ? SOURCE_CODES['no-transcript'].step : `To see them: ${commands.join('; ')}`
  const advice = [...[...told, ...folders.map((folder) => folder.told)].map(sentence), next].join(' ')
  return new CliError('NO_SOURCE', message, { exitCode: ExitCode.noInput, advice })
}

/** Where there is no store either, it is said first that no source has anything: to make a store of it would not help. */
export async function refuseNowhere(context: Context, sources: readonly LegacySource[]): Promise<void> {
  const [first] = sources
  if (!first || (await storeExists(context))) return
  for (const source of sources) for await (const _ of source.sessions()) return
  const { path, format } = first
  throw await noSource(path, format, `No transcript was found in ${path}.`)
}

/** Asks the ledger of the store, where there is one, for files alone. */
export function filesKnownTo(context: Context): KnownSources {
  return {
    hasFileOf: (session) =>
      withReaderOrNull(context, async (store) => store !== null && wasToldByFile(session, store)),
  }
}

/** As {@link filesKnownTo}, and for whole sources. */
export function knownTo(context: Context): KnownSources {
  return {
    ...filesKnownTo(context),
    hasSource: (path) =>
      withReaderOrNull(
        context,
        async (store) => store !== null && (await sessionsOfSource(store, path)).size > 0,
      ),
  }
}

/** A source that was imported from and is not there now. */
function goneSource(path: string): LegacySource {
  return { path, format: 'jsonl', problems: [], async *sessions() {}, async close() {} }
}

/**
 * Opens all sources before anything is done with any of them, each once however often it is named, and closes them
 * whatever happens.
 */
export async function withSources<T>(
  paths: readonly string[],
  options: SourceOptions,
  work: (sources: readonly LegacySource[]) => Promise<T>,
): Promise<T> {
  const sources: LegacySource[] = []
  const opened = new Set<string>()
  try {
    for (const named of paths) {
      // Absolute, because a store remembers where it was imported from.
      const path = resolve(named)
      const real = await realpath(path).catch(() => path)
      if (opened.has(real)) continue
      opened.add(real)
      sources.push(await openOrMiss(path, options))
    }
    return await work(sources)
  } finally {
    for (const source of sources) await source.close()
  }
}
