import { type StoreCorrupt, StoreError } from '@faircopy/store-core'

/** Whether an error tells of damage in the store that is single sessions', so that every other one goes on (S22). */
export function isSessionDamage(error: unknown): error is StoreCorrupt {
  if (!StoreError.is(error) || error.code !== 'STORE_CORRUPT') return false
  const { isStructural, sessions } = error as StoreCorrupt
  return !isStructural && sessions.length > 0
}
