import type { AppendOptions, NewEntry, Receipt } from '@faircopy/store-core'
import type { ImportClaiming, ImportClaimOwner } from '@faircopy/store-core/operator'
import { ConformanceFailure } from './assert.ts'
import type { ConformanceProcess } from './facility.ts'
import type { RemoteAnswer, RemoteImport } from './serve.ts'

/** A store that another process serves. */
export interface RemoteStore {
  append(session: string, entries: NewEntry | readonly NewEntry[], options?: AppendOptions): Promise<Receipt>
  /** Begins an import that never ends; resolves once it has taken all its steps. */
  hangInImport(plan: Omit<RemoteImport, 'hangs'>): Promise<void>
  /** Claims a session for an importer there, for as long as the process lives; says who has it if it cannot. */
  claimImport(session: string): Promise<ImportClaimOwner | null>
  /** Ends the process as SIGKILL does. */
  kill(): Promise<void>
}

/** The store that a process serves. */
export function remoteStore(process: ConformanceProcess): RemoteStore {
  const waiting = new Map<number, (answer: RemoteAnswer) => void>()
  const hanging = Promise.withResolvers<void>()
  let calls = 0
  process.receive((message) => {
    const answer = message as RemoteAnswer
    if (answer.call === 0) hanging.resolve()
    else waiting.get(answer.call)?.(answer)
    waiting.delete(answer.call)
  })
  async function call(method: string, ...args: readonly unknown[]): Promise<unknown> {
    const number = ++calls
    const answered = new Promise<RemoteAnswer>((resolve) => waiting.set(number, resolve))
    process.send({ call: number, method, args })
    const answer = await answered
    if ('failed' in answer) throw new ConformanceFailure(`in another process: ${answer.failed.message}`)
    return answer.did
  }
  return {
    append: (session, entries, options = {}) => call('append', session, entries, options) as Promise<Receipt>,
    hangInImport: (plan) =>
      Promise.race([hanging.promise, call('import', { ...plan, hangs: true }).then(() => undefined)]),
    claimImport: async (session) => {
      const claiming = (await call('claimImport', session)) as ImportClaiming
      return 'heldBy' in claiming ? claiming.heldBy : null
    },
    kill: () => process.kill(),
  }
}
