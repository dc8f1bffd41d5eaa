import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { LegacyEvent } from '@faircopy/legacy-jsonl'

export type LegacyOrder =
  | { readonly goOn: true }
  | { readonly call: number; readonly session: string; readonly append: readonly string[] }
  | { readonly call: number; readonly session: string; readonly read: true }
  | { readonly call: number; readonly import: true }

export type LegacyAnswer =
  | { readonly ready: true }
  | { readonly paused: true }
  | { readonly event: LegacyEvent }
  | { readonly call: number; readonly result: unknown }
  | { readonly call: number; readonly error: string }

/** A process that serves a store with its legacy side. */
export class LegacyGateway {
  readonly events: LegacyEvent[] = []
  readonly paused: Promise<void>
  readonly #child: ChildProcess
  readonly #ready: Promise<void>
  readonly #calls = new Map<number, PromiseWithResolvers<unknown>>()
  #next = 1

  /** `pauses`: the session in whose bodies an import waits until it is told to go on. */
  constructor(db: string, folder: string, pauses = '') {
    const script = fileURLToPath(new URL('../.cache/bundled/programs/legacy-process.js', import.meta.url))
    this.#child = fork(script, [db, folder, pauses], { execArgv: [] })
    const ready = Promise.withResolvers<void>()
    const paused = Promise.withResolvers<void>()
    this.#ready = ready.promise
    this.paused = paused.promise
    this.#child.on('message', (answer: LegacyAnswer) => {
      if ('ready' in answer) ready.resolve()
      else if ('paused' in answer) paused.resolve()
      else if ('event' in answer) this.events.push(answer.event)
      else if ('error' in answer) this.#calls.get(answer.call)?.reject(new Error(answer.error))
      else this.#calls.get(answer.call)?.resolve(answer.result)
    })
  }

  append(session: string, ...append: string[]): Promise<unknown> {
    return this.#call({ session, append })
  }

  read(session: string): Promise<unknown> {
    return this.#call({ session, read: true })
  }

  /** A whole import, as the command makes it. */
  import(): Promise<unknown> {
    return this.#call({ import: true })
  }

  goOn(): void {
    this.#child.send({ goOn: true } satisfies LegacyOrder)
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const gone = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await gone
  }

  async #call(order: object): Promise<unknown> {
    await this.#ready
    const call = this.#next++
    const answer = Promise.withResolvers<unknown>()
    this.#calls.set(call, answer)
    this.#child.send({ call, ...order })
    return answer.promise
  }
}
