import type { FactsReport, ImportReport } from '@faircopy/legacy-jsonl'
import { plural } from './plural.ts'

/** What sources tell of sessions which the store has, and that it did not have so. */
export function factsLines({ dryRun, sessions }: ImportReport): string[] {
  const line = (name: keyof FactsReport, words: (one: boolean) => string): string[] => {
    const found = sessions.flatMap(({ facts }) => (facts?.[name].length ? [facts[name]] : []))
    if (found.length === 0) return []
    return [
      `  ${plural(found.length, 'session')} ${words(found.length === 1)}: ${[...new Set(found.flat())].join(', ')}.`,
    ]
  }
  return [
    ...line(
      'filled',
      (one) => `${dryRun ? 'would get' : 'got'} what the store did not know of ${one ? 'it' : 'them'}`,
    ),
    ...line('kept', (one) => `${one ? 'is' : 'are'} told otherwise than the store has it, which stays`),
  ]
}
