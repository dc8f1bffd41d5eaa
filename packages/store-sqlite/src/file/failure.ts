import { StoreCorrupt, StoreError, StoreIo, StoreReplaced } from '@faircopy/store-core'
import type { OpenFile } from './open-file.ts'
import { contractError, faultOf, type Phase } from './outcome.ts'
import { prove } from './proof.ts'
import { walCounters } from './watch.ts'

/**
 * What a failed write means, and what is done about it: a connection that saw an I/O error is dropped, damage is
 * looked at again, and writing stops for good only where it is really there (S3, S22).
 */
export function failureOf(file: OpenFile, error: unknown, phase: Phase): StoreError {
  const meant = contractError(error, file.path, phase)
  if (meant instanceof StoreReplaced) {
    file.stop(meant)
    return meant
  }
  const fault = StoreError.is(error) ? null : faultOf(error)
  if (fault === 'io' || fault === 'unknown') file.drop()
  if (fault !== 'damage') return meant
  file.drop()
  const replaced = findReplacement(file)
  if (replaced) {
    file.stop(replaced)
    return replaced
  }
  const damage = findDamage(file)
  if (!damage) return new StoreIo(file.path, meant.outcome, error)
  file.stop(new StoreCorrupt(file.path, 'not-stored', damage))
  return new StoreCorrupt(file.path, meant.outcome, damage)
}

/** Checks the file's structure through a new connection; null where it is sound after all. */
function findDamage(file: OpenFile): unknown {
  try {
    const answer: unknown = file.connected().db.pragma('quick_check(1)', { simple: true })
    return answer === 'ok' ? null : new Error('quick_check found damage')
  } catch (error) {
    file.drop()
    return faultOf(error) === 'damage' || StoreError.is(error) ? error : null
  }
}

/** Whether what looks like damage is another file's content in ours. */
function findReplacement(file: OpenFile): StoreReplaced | null {
  const { watch, guard } = file
  if (!watch || !guard) return null
  try {
    if (watch.after(guard)) return null
    prove(file, watch)
  } catch (error) {
    if (error instanceof StoreReplaced) return error
    const unreadable = StoreError.is(error) || faultOf(error) === 'damage'
    if (unreadable && !watch.mayHaveCheckpointed(walCounters(guard))) {
      return new StoreReplaced(file.path, 'something else wrote over it', error)
    }
  }
  return null
}
