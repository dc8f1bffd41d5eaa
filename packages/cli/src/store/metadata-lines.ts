import { METADATA_LINE, type QuarantinedLine } from '@faircopy/store-core/operator'

/** A line as the store keeps it beside a session's entries. */
export type KeptLine = QuarantinedLine & { readonly importId: string }

/** Gives the metadata lines of a session's file up to a byte of it, in its order, each once. */
export type MetadataLines = (before: number) => AsyncGenerator<string>

/**
 * The metadata lines of a session's file. Where imports read the file from its beginning several times, as they do one that
 * is written anew each time, the last of them counts. One line in memory.
 *
 * Lines at the very beginning come at once, whatever stands behind them: an entry there need not have come from the file.
 *
 * @param kept what the store keeps of the session, in the order it was written; it is read twice
 */
export async function metadataLines(kept: () => AsyncIterable<KeptLine>): Promise<MetadataLines> {
  const lines = current(kept, await currentPlaces(kept))
  let next = await lines.next()
  let leading = 0
  return async function* (before) {
    for (; !next.done; next = await lines.next()) {
      const { line, offset, bytes } = next.value
      if (line <= leading + 1) leading = line
      else if (offset >= before) return
      if (bytes) yield new TextDecoder().decode(bytes)
    }
  }
}

async function currentPlaces(kept: () => AsyncIterable<KeptLine>): Promise<ReadonlySet<string>> {
  const lines: Pick<KeptLine, 'importId' | 'offset'>[] = []
  for await (const { reason, importId, offset } of kept()) {
    if (reason !== METADATA_LINE) continue
    while ((lines.at(-1)?.offset ?? -1) >= offset) lines.pop()
    lines.push({ importId, offset })
  }
  return new Set(lines.map(placeOf))
}

async function* current(
  kept: () => AsyncIterable<KeptLine>,
  places: ReadonlySet<string>,
): AsyncGenerator<KeptLine, void, undefined> {
  if (places.size === 0) return
  for await (const line of kept()) if (line.reason === METADATA_LINE && places.has(placeOf(line))) yield line
}

function placeOf({ importId, offset }: Pick<KeptLine, 'importId' | 'offset'>): string {
  return `${importId} ${offset}`
}
