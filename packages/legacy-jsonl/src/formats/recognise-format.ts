import type { Beginning } from '../lines/read-beginning.ts'
import { isNearlyAll } from './chat-line.ts'
import type { FormatAdapter } from './format-adapter.ts'
import { knownTranscript } from './known-transcript.ts'

/** A file as it is recognised by: its name, and how it begins. */
export interface BegunFile {
  readonly name: string
  readonly beginning: Beginning
}

/** The first of the adapters that reads a file; undefined where none does. */
export function formatOf(file: BegunFile, adapters: readonly FormatAdapter[]): FormatAdapter | undefined {
  return adapters.find((adapter) => recognises(adapter, file) && canRead(adapter, file))
}

/** Whether an adapter that was named, or has recognised a file, can read it. */
export function canRead(adapter: FormatAdapter, file: BegunFile): boolean {
  if (!adapter.fits) return true
  const { shape, records, damaged, nulLine } = file.beginning
  if (shape !== null) return false
  const fitting = countFitting(adapter, file.beginning)
  const isWhole = nulLine === null && damaged <= fitting
  if (isWhole && isNearlyAll(fitting, records.length)) return true
  return adapter.recognises([], file.name) && recognises(adapter, file)
}

/**
 * The adapter that reads a file of which it is known that it was a transcript, whatever of its beginning is damaged since;
 * undefined where none does. `isNamed`: the format of the adapters was named.
 */
export function formatOfKnown(
  file: BegunFile,
  adapters: readonly FormatAdapter[],
  isNamed: boolean,
): FormatAdapter | undefined {
  const { shape, records } = file.beginning
  if (shape !== null) return undefined
  const strict = adapters.filter(({ fits }) => fits)
  if (records.length === 0) return strict.at(-1)
  const fitting = strict.filter((adapter) =>
    isNearlyAll(countFitting(adapter, file.beginning), records.length),
  )
  return isNamed ? fitting[0] : fitting.find((adapter) => recognises(adapter, file))
}

function recognises(adapter: FormatAdapter, { name, beginning }: BegunFile): boolean {
  return adapter.recognises(beginning.records, name)
}

function countFitting({ fits }: FormatAdapter, { records }: Beginning): number {
  return fits ? records.filter(fits).length : 0
}

/** Why no adapter that was asked reads a file, for people. */
export function refusalOf({ beginning }: BegunFile, asked: readonly FormatAdapter[]): string {
  const { shape, records, lines, nulLine } = beginning
  if (shape !== null) return `it is ${shape}, and no JSON Lines`
  const known = knownTranscript(records)
  if (known !== null) return `it is ${known}, which is not read here`
  if (nulLine !== null) return `line ${nulLine} has NUL bytes: it is binary, or a crash damaged it`
  if (records.length === 0) {
    const which = lines === 1 ? 'its only line cannot' : `none of its first ${lines} lines can`
    return `${which} be read as a JSON object`
  }
  const names = asked.map(({ name }) => name).join(' or ')
  if (!asked.some(({ fits }) => fits)) return `its format was not recognised; asked were ${names}`
  const fitting = Math.max(...asked.map((adapter) => countFitting(adapter, beginning)))
  return `its lines are no messages of ${names}: ${fitting} of the first ${lines} ${fitting === 1 ? 'fits' : 'fit'}`
}
