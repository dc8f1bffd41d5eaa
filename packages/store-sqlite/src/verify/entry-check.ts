import type { EntryRange } from '@faircopy/store-core/backend'
import { entryHash } from '@faircopy/store-core/operator'
import { entryId, entryKey } from '../file/schema.ts'
import type { Address } from '../rows/session-row.ts'
import { RowCheck } from './row-check.ts'
import type { Row } from './row-rules.ts'
import type { Checking } from './table-check.ts'

/** Entries of one owner to be checked. */
export interface OwnedEntries {
  readonly owner: number
  readonly first: number
  readonly last: number
  /** Those among them that lists contain: each must be there, in order and each once. */
  readonly said: readonly EntryRange[]
  /** Those of them whose keys must be taken: what the owner's own lists contain. */
  readonly keyed: readonly EntryRange[]
  /** Whose a finding about one of them is. */
  readonly address: (id: number) => Address | null
}

const TAKEN = 'SELECT 1 FROM entry_key WHERE session = ? AND idempotency_key = ?'
const TAKEN_DELIVERY = 'SELECT 1 FROM delivery_key WHERE idempotency_key = ?'

/** Checks entries and gives how many of them lists contain. */
export async function checkEntries(
  checking: Checking,
  { owner, first, last, said, keyed, address }: OwnedEntries,
): Promise<number> {
  const { snapshot, findings, isWhole } = checking
  const check = new RowCheck('entry', isWhole)
  const places = new Places(said)
  const own = new Places(keyed)
  let count = 0
  const missing = (from: number, through: number): void => {
    const detail =
      from === through
        ? 'A list of ranges names an entry that is not stored'
        : `A list of ranges names entries that are not stored: ${through - from + 1} from this one on`
    findings.add('entry-missing', { address: address(from), entry: from }, detail)
  }
  await snapshot.each(
    {
      table: 'entry',
      keys: check.keys,
      columns: check.columns,
      first: entryKey(owner, first),
      through: entryKey(owner, last),
    },
    (values) => {
      const row = check.read(values)
      const id = entryId(Number(row('key')))
      const isListed = places.pass(id, missing)
      if (isListed) count++
      const fault = faultOf(check, row, values)
      if (fault) findings.add(fault.code, { address: address(id), entry: id }, fault.detail)
      if (own.pass(id, () => {}) && !isTaken(checking, owner, row)) {
        findings.add(
          'entry-without-key',
          { address: address(id), entry: id },
          'The idempotency key of the entry is not taken',
        )
      }
    },
    (after) => {
      const id = typeof after === 'number' && after >= entryKey(owner, first) ? entryId(after) + 1 : first
      findings.add(
        'entry-unreadable',
        { address: address(id), entry: id },
        'Entries from this one on cannot be read',
      )
    },
  )
  places.end(missing)
  return count
}

function faultOf(
  check: RowCheck,
  row: Row,
  values: Parameters<RowCheck['faultIn']>[0],
): { readonly code: 'entry-hash' | 'entry-unreadable' | 'row-damaged'; readonly detail: string } | null {
  const hash = row('redacted_hash') ?? row('hash')
  const written =
    hash instanceof Buffer &&
    entryHash(String(row('kind')), row('at') as number | null, String(row('record'))) === hash.toString('hex')
  if (!written) return { code: 'entry-hash', detail: 'The entry is not what was written' }
  const fault = check.faultIn(values)
  if (fault === null) return null
  return fault.includes('provenance')
    ? { code: 'entry-unreadable', detail: 'Where the entry came from cannot be read' }
    : { code: 'row-damaged', detail: `What is kept of the entry ${fault}` }
}

/** Whether the entry's key leads somewhere in its session, and a delivery's in the whole store (S4). */
function isTaken({ snapshot }: Checking, owner: number, row: Row): boolean {
  const key = row('idempotency_key')
  if (key === null) return true
  if (snapshot.find(TAKEN, owner, key) === null) return false
  return row('kind') !== 'delivery' || snapshot.find(TAKEN_DELIVERY, key) !== null
}

/** Ranges of one owner, passed by ids in order; tells which ids of them are left out. */
class Places {
  readonly #ranges: readonly EntryRange[]
  #at = 0
  #next: number

  constructor(ranges: readonly EntryRange[]) {
    this.#ranges = ranges
    this.#next = ranges[0]?.first ?? 0
  }

  /** Whether an id is in one of them. */
  pass(id: number, leftOut: (from: number, through: number) => void): boolean {
    for (let range = this.#ranges[this.#at]; range; range = this.#ranges[this.#at]) {
      if (id < range.first) return false
      if (id <= range.last) {
        if (id > this.#next) leftOut(this.#next, id - 1)
        this.#next = id + 1
        return true
      }
      this.#leave(range, leftOut)
    }
    return false
  }

  /** The ids behind the last one that passed. */
  end(leftOut: (from: number, through: number) => void): void {
    for (let range = this.#ranges[this.#at]; range; range = this.#ranges[this.#at])
      this.#leave(range, leftOut)
  }

  #leave(range: EntryRange, leftOut: (from: number, through: number) => void): void {
    if (this.#next <= range.last) leftOut(this.#next, range.last)
    this.#at++
    this.#next = this.#ranges[this.#at]?.first ?? 0
  }
}
