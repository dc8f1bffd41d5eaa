import type { TranscriptImporter } from '@faircopy/store-core/operator'
import { type CommandWords, notedReading } from '../context/next-command.ts'
import { isImport } from './is-import.ts'
import { StoreHarm } from './store-harm.ts'

/**
 * The sources that a store was imported from, as words of a command, each read as it was the last time; none where no
 * one way reads them all.
 */
export async function importedSources(
  store: TranscriptImporter,
): Promise<Pick<CommandWords, 'source' | 'reading'>> {
  const lastReadings = new Map<string, NonNullable<CommandWords['reading']>>()
  for await (const run of new StoreHarm('').without(store.imports())) {
    const { path } = run.about
    if (!isImport(run) || typeof path !== 'string') continue
    lastReadings.set(path, notedReading(run.about) ?? {})
  }
  const [reading, ...others] = lastReadings.values()
  const differ = others.some((other) => JSON.stringify(other) !== JSON.stringify(reading))
  return reading === undefined || differ ? {} : { source: [...lastReadings.keys()], reading }
}
