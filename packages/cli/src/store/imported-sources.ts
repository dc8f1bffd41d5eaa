import type { TranscriptImporter } from '@faircopy/store-core'
import { type CommandWords, notedReading } from '../next-command.ts'
import { isImport } from './is-import.ts'
import { StoreHarm } from './store-harm.ts'

/** The sources that a store was imported from, as words of a command; none where they were read in different ways. */
export async function importedSources(
  store: TranscriptImporter,
): Promise<Pick<CommandWords, 'source' | 'reading'>> {
  const paths = new Set<string>()
  const readings = new Map<string, CommandWords['reading']>()
  for await (const run of new StoreHarm('').without(store.imports())) {
    const { path } = run.about
    if (!isImport(run) || typeof path !== 'string') continue
    paths.add(path)
    const reading = notedReading(run.about) ?? {}
    readings.set(JSON.stringify(reading), reading)
  }
  const [reading, ...others] = readings.values()
  return paths.size === 0 || others.length > 0 ? {} : { source: [...paths], reading }
}
