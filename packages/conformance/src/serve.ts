import { StoreError } from '@faircopy/store-core'
import type { ImportStep, SessionImport, TranscriptImporter } from '@faircopy/store-core/operator'
import type { ProcessChannel } from './process-channel.ts'

/** A call of one of the store's methods, in another process. */
export interface RemoteCall {
  readonly call: number
  readonly method: string
  readonly args: readonly unknown[]
}

/** What became of a call. */
export type RemoteAnswer =
  | { readonly call: number; readonly did: unknown }
  | { readonly call: number; readonly failed: { readonly code: string | null; readonly message: string } }

/** The plan of an import in JSON: its steps as a list, and whether it never comes to their end. */
export interface RemoteImport extends Omit<SessionImport, 'steps' | 'confirm' | 'signal'> {
  readonly steps: readonly ImportStep[]
  readonly hangs: boolean
}

/**
 * Serves a store to the conformance cases that need a second process. The worker script of a backend opens the store of
 * the place that it is given and calls this; it serves until it is killed.
 *
 * @example
 * ```ts
 * import { createMemoryStore } from '@faircopy/store-core/memory'
 * import { serveConformance } from '@faircopy/conformance'
 *
 * const store = createMemoryStore() // your store, opened at process.argv[2]
 * serveConformance(store, {
 *   send: (message) => process.send?.(message),
 *   receive: (listener) => process.on('message', listener),
 * })
 * ```
 */
export function serveConformance(store: object, channel: ProcessChannel): void {
  channel.receive((message) => {
    const { call, method, args } = message as RemoteCall
    carryOut(store as Record<string, unknown>, method, args, () =>
      channel.send({ call: 0, did: 'hanging' }),
    ).then(
      (did) => channel.send({ call, did: did ?? null } satisfies RemoteAnswer),
      (error: unknown) => {
        const code = StoreError.is(error) ? error.code : null
        channel.send({ call, failed: { code, message: String(error) } } satisfies RemoteAnswer)
      },
    )
  })
}

async function carryOut(
  store: Record<string, unknown>,
  method: string,
  args: readonly unknown[],
  onHanging: () => void,
): Promise<unknown> {
  if (method === 'import') {
    const { steps, hangs, ...plan } = args[0] as RemoteImport
    return (store as unknown as TranscriptImporter).import({
      ...plan,
      steps: stream(steps, hangs ? onHanging : null),
    })
  }
  return (store[method] as (...args: readonly unknown[]) => Promise<unknown>).apply(store, args as unknown[])
}

async function* stream(
  steps: readonly ImportStep[],
  onHanging: (() => void) | null,
): AsyncGenerator<ImportStep> {
  yield* steps
  if (!onHanging) return
  onHanging()
  await new Promise(() => {})
}
