import type { ImportProgress } from '@faircopy/legacy-jsonl'
import { SingleBar } from 'cli-progress'
import type { Io } from '../process/io.ts'

/** Tells a person how far long work is. On anything but a terminal it says nothing. */
export interface Progress {
  readonly planned: (done: { readonly sessions: number }) => void
  readonly imported: (done: ImportProgress) => void
  readonly verified: (done: { readonly sessions: number; readonly entries: number }) => void
  readonly proven: (done: { readonly sessions: number; readonly lines: number }) => void
  readonly undone: (done: { readonly sessions: number; readonly of: number }) => void
  readonly moved: (done: { readonly files: number; readonly of: number }) => void
  /** Takes the line away again. */
  readonly stop: () => void
}

/** Progress on stderr. */
export function progressOn(io: Io): Progress {
  const line = new ProgressLine(io.stderr)
  return {
    planned: ({ sessions }) => line.show('Reading {value} sessions', sessions, 0),
    imported: ({ sessions, of, entries }) =>
      line.show('Importing {bar} {value} of {total} sessions, {entries} entries', sessions, of, { entries }),
    verified: ({ sessions, entries }) =>
      line.show('Checking {value} sessions, {entries} entries', sessions, 0, { entries }),
    proven: ({ sessions, lines }) =>
      line.show('Proving {value} sessions, {lines} lines', sessions, 0, { lines }),
    undone: ({ sessions, of }) => line.show('Undoing {bar} {value} of {total} sessions', sessions, of),
    moved: ({ files, of }) => line.show('Moving {bar} {value} of {total} files', files, of),
    stop: () => line.stop(),
  }
}

class ProgressLine {
  readonly #stream: Io['stderr']
  #format = ''
  #bar: SingleBar | null = null

  constructor(stream: Io['stderr']) {
    this.#stream = stream
  }

  show(format: string, value: number, total: number, payload: object = {}): void {
    if (this.#stream.isTTY !== true) return
    if (!this.#bar || format !== this.#format) {
      this.stop()
      this.#format = format
      this.#bar = new SingleBar({
        stream: this.#stream as NodeJS.WriteStream,
        format,
        clearOnComplete: true,
        barsize: 30,
        barCompleteChar: '━',
        barIncompleteChar: '─',
        gracefulExit: false,
      })
      this.#bar.start(total, value, payload)
    } else {
      this.#bar.setTotal(total)
      this.#bar.update(value, payload)
    }
  }

  stop(): void {
    this.#bar?.stop()
    this.#bar = null
  }
}
