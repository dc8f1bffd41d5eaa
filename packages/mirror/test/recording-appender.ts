import type { NewEntry, SessionRef, TranscriptAppender } from '@faircopy/store-core'

/** One call that a mirror made. */
export interface AppendCall {
  readonly target: SessionRef | { readonly origin: object }
  readonly entries: readonly NewEntry[]
  readonly options: object | undefined
}

/** An appender that passes everything on and remembers it: every effect that a mirror has. */
export function recordingAppender(appender: TranscriptAppender): {
  store: TranscriptAppender
  calls: AppendCall[]
} {
  const calls: AppendCall[] = []
  const store = new Proxy(appender, {
    get(target, name) {
      if (name !== 'append') throw new Error(`a mirror asked for ${String(name)}`)
      return (...[to, entries, options]: Parameters<TranscriptAppender['append']>) => {
        calls.push({ target: to, entries: [entries].flat() as NewEntry[], options })
        return target.append(to as never, entries, options)
      }
    },
  })
  return { store, calls }
}
