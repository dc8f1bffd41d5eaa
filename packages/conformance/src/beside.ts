import { type SessionAddress, StoreError } from '@faircopy/store-core'
import { same } from './assert.ts'
import { all } from './samples.ts'
import type { Trial } from './trial.ts'

/** A life within one namespace: does something, and gives what was answered and what is seen then, step by step. */
export type Life<S> = (
  store: S,
  at: (id: string) => Required<SessionAddress>,
  namespace: string,
) => AsyncGenerator<unknown>

/**
 * Fails the case unless a life sees the same in a store of its own as in one where the same life goes on in another
 * namespace, with sessions, origins and runs of the same names.
 */
export async function sameBeside<S>({ store, elsewhere }: Trial<S>, life: Life<NoInfer<S>>): Promise<void> {
  const lifeIn = (place: S, namespace: string): AsyncGenerator<unknown> =>
    life(place, (id) => ({ namespace, id }), namespace)
  const namespaces = ['default', 'other']
  const alone: unknown[][] = []
  for (const namespace of namespaces) alone.push(await all(lifeIn(await elsewhere(), namespace)))
  const beside = namespaces.map((namespace) => lifeIn(store, namespace))
  for (let step = 0; step < (alone[0]?.length ?? 0); step++) {
    for (const [i, going] of beside.entries()) {
      const { value } = await going.next()
      same(value, alone[i]?.[step], `what is seen in ${namespaces[i]} after step ${step + 1}`)
    }
  }
}

/** What a call came to: its answer, or the code of its refusal and the sessions that this names. */
export async function answerOf(work: Promise<unknown>): Promise<unknown> {
  try {
    return (await work) ?? null
  } catch (error) {
    if (!StoreError.is(error)) throw error
    return { code: error.code, ...('candidates' in error && { candidates: error.candidates }) }
  }
}
