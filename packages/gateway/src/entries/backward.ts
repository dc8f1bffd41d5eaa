import { type Entry, type SessionRef, StoreError, type TranscriptReader } from '@faircopy/store-core'

const PAGE = 20

/**
 * A session's entries from the last to the first, a small page at a time, each with the revision that the first page was
 * read at: a write conditional on it is one that nothing came between. Fails with `CursorStale` if the session is
 * rewritten meanwhile.
 */
export async function* backward(
  reader: TranscriptReader,
  session: SessionRef,
): AsyncGenerator<{ readonly entry: Entry; readonly revision: number }, void, undefined> {
  let revision: number | null = null
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await reader.page(session, {
      direction: 'backward',
      limit: PAGE,
      ...(cursor !== undefined && { cursor }),
    })
    revision ??= page.revision
    for (const entry of page.entries) yield { entry, revision }
    cursor = page.next
  }
}

/** Reads anew where the session was rewritten under a reader. */
export async function unlessStale<T>(read: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await read()
    } catch (error) {
      if (!StoreError.is(error) || error.code !== 'CURSOR_STALE') throw error
    }
  }
}
