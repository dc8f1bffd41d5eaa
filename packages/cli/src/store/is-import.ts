import type { ImportRun } from '@faircopy/store-core/operator'

/** Whether a run of the ledger brought sessions in. A decision of a person is none, and neither is taking back. */
export function isImport({ about }: ImportRun): boolean {
  return !['resolve', 'undo', 'undid'].some((name) => Object.hasOwn(about, name))
}
