import { resolve } from 'node:path'
import { isHermesHome, openHermesHome } from '@faircopy/legacy-hermes'
import { jsonlAdapters, type LegacySource, openJsonlSource } from '@faircopy/legacy-jsonl'
import { UsageError } from '../cli-error.ts'
import { FORMAT_NAMES } from './format-names.ts'

/** How sources are read. */
export interface SourceOptions {
  /** `auto`, `hermes`, or the name of a JSONL format. */
  readonly format: string
  readonly namespace: string | undefined
  /** Of stamps that name no zone. */
  readonly timeZone: string | undefined
}

/** Opens a home, a folder of transcripts, or one file. Fails with `SourceUnreadable`. */
async function openSource(path: string, options: SourceOptions): Promise<LegacySource> {
  const { format, namespace, timeZone } = options
  const reading = {
    ...(namespace === undefined ? {} : { namespace }),
    ...(timeZone === undefined ? {} : { timeZone }),
  }
  if (format === 'hermes' || (format === 'auto' && (await isHermesHome(path)))) {
    return openHermesHome(path, reading)
  }
  if (format === 'auto') return openJsonlSource(path, reading)
  const adapter = jsonlAdapters(reading).find(({ name }) => name === format)
  if (!adapter)
    throw new UsageError(`There is no format of that name. There are: ${FORMAT_NAMES.join(', ')}.`)
  return openJsonlSource(path, { ...reading, adapter })
}

/** Opens all sources before anything is done with any of them, and closes them whatever happens. */
export async function withSources<T>(
  paths: readonly string[],
  options: SourceOptions,
  work: (sources: readonly LegacySource[]) => Promise<T>,
): Promise<T> {
  const sources: LegacySource[] = []
  try {
    // Absolute, because a store remembers where it was imported from.
    for (const path of paths) sources.push(await openSource(resolve(path), options))
    return await work(sources)
  } finally {
    for (const source of sources) await source.close()
  }
}
