import { StoreError, type StoreErrorCode } from '@faircopy/store-core'

/** A case found the store breaking the contract. */
export class ConformanceFailure extends Error {
  constructor(what: string) {
    super(what)
    this.name = 'ConformanceFailure'
  }
}

/** Fails the case unless `condition` holds. */
export function holds(condition: boolean, what: string): asserts condition {
  if (!condition) throw new ConformanceFailure(what)
}

/** Fails the case unless both are the same, member by member. */
export function same(actual: unknown, expected: unknown, what: string): void {
  const [got, wanted] = [show(actual), show(expected)]
  if (got !== wanted) throw new ConformanceFailure(`${what}: expected ${wanted}, got ${got}`)
}

/** Fails the case unless the work fails with a contract error of this code; gives the error. */
export async function failsWith(
  code: StoreErrorCode | readonly StoreErrorCode[],
  work: Promise<unknown>,
  what: string,
): Promise<StoreError> {
  const codes = [code].flat()
  try {
    await work
  } catch (error) {
    if (StoreError.is(error) && codes.includes(error.code)) return error
    const told = StoreError.is(error) ? error.code : String(error)
    throw new ConformanceFailure(`${what}: expected ${codes.join(' or ')}, failed with ${told}`)
  }
  throw new ConformanceFailure(`${what}: expected ${codes.join(' or ')}, but it went through`)
}

/** JSON with its members sorted: what differs only in their order is the same. */
function show(value: unknown): string {
  const sorted = JSON.stringify(value, (_, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  )
  return sorted ?? 'undefined'
}
