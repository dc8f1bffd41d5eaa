import type { SessionAddress } from './session-ref.ts'

/** What became of one entry of a write. */
export interface ReceiptEntry {
  /** The entry's id, assigned once. */
  readonly id: number
  /** Its place now; null when the key was used before and that entry is history by now. */
  readonly seq: number | null
  /** Whether the key had been used before: nothing was written (S4). */
  readonly already: boolean
  /** With `onConflict: 'first'`: the stored record is another one than the call's. */
  readonly differs: boolean
  /** Only of a delivery that is stored in another session than the receipt's (S4): that one, where `id` and `seq` are. */
  readonly session?: Required<SessionAddress>
}

/** What a write returns, after its commit (S1). */
export interface Receipt {
  /** The session written to. Of a call that only repeated deliveries: the one that holds the first of them. */
  readonly session: Required<SessionAddress>
  /** One for each entry of the call, in its order. */
  readonly entries: readonly ReceiptEntry[]
  /** The session's revision after the call. */
  readonly revision: number
  readonly entryCount: number
  readonly head: string
}
