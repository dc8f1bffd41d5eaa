import { DEFAULT_NAMESPACE } from '@faircopy/store-core'
import { hashedFileName } from '../files/safe-file-name.ts'

const PLAIN_ID = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,150}[A-Za-z0-9_-])?$/
/** What gateways append to a transcript that they set aside. */
const SET_ASIDE = /\.(?:reset|deleted|checkpoint|trajectory)(?:\.|$)/
const PROFILE = /^[a-z0-9][a-z0-9_-]{0,63}$/

/**
 * The ids that sessions have in one profile of a home. An id is the name of a file there as well, so one that is no
 * plain file name gets another, on both sides; and no two are the same where a file system ignores case.
 */
export class HermesIds {
  readonly #ids = new Map<string, string>()
  readonly #taken = new Set<string>()

  /** Gives a session its id in the home, once. */
  add(id: string): void {
    const isPlain = PLAIN_ID.test(id) && !SET_ASIDE.test(id) && !this.#taken.has(id.toLowerCase())
    const given = isPlain ? id : hashedFileName(id)
    this.#taken.add(given.toLowerCase())
    this.#ids.set(id, given)
  }

  /** The id that a session was given; null for one that is not in the home. */
  of(id: string): string | null {
    return this.#ids.get(id) ?? null
  }
}

/** The folder of a namespace in `profiles/`; null for the default one, which is the home itself. */
export function hermesProfile(namespace: string): string | null {
  if (namespace === DEFAULT_NAMESPACE) return null
  return PROFILE.test(namespace) ? namespace : hashedFileName(namespace, '-').toLowerCase()
}
