import type { MergeRun, Reconciliation, Witness, WitnessEntry } from '@faircopy/reconcile'

/** An entry that says `text`; distinctive from 16 characters on, as the callers have it. */
export function say(text: string, more: Partial<WitnessEntry> = {}): WitnessEntry {
  return { fingerprint: text, distinctive: text.length >= 16 || more.nativeId !== undefined, ...more }
}

/** One entry for each word. */
export function tell(words: string, more: Partial<Witness> = {}): Witness {
  return {
    entries: words
      .split(' ')
      .filter(Boolean)
      .map((word) => say(word)),
    ...more,
  }
}

/** A merge as one word for each entry: what the record that stands says. */
export function spell(merge: readonly MergeRun[] | null, canonical: Witness, legacy: Witness): string {
  return mergedEntries(merge, canonical, legacy)
    .map((entry) => entry.fingerprint)
    .join(' ')
}

/** The entries of a merge, each the record that stands. */
export function mergedEntries(
  merge: readonly MergeRun[] | null,
  canonical: Witness,
  legacy: Witness,
): WitnessEntry[] {
  return (merge ?? []).flatMap((run) => {
    const fromLegacy = run.from === 'legacy' || (run.from === 'both' && run.stands === 'legacy')
    const start = fromLegacy ? run.legacy : run.canonical
    return (fromLegacy ? legacy : canonical).entries.slice(start, start + run.length)
  })
}

/** The pairs of a merge as `[canonical, legacy, certain]`. */
export function pairs({ merge }: Reconciliation): [number, number, boolean][] {
  return (merge ?? []).flatMap((run) =>
    run.from === 'both'
      ? Array.from({ length: run.length }, (_, i): [number, number, boolean] => [
          run.canonical + i,
          run.legacy + i,
          run.certain,
        ])
      : [],
  )
}
