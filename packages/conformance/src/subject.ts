import type { Closable, NewSession, RecordLimits, SessionAddress, StorePolicy } from '@faircopy/store-core'
import { checkArgument } from '@faircopy/store-core/arguments'
import { z } from 'zod'
import { type ConformanceProcess, FAULTS, NEEDS, type Need, type StoreFaults } from './facility.ts'

/** What a case asks a store to be opened with. */
export interface StoreSettings {
  /** Epoch ms: the clock that the store reads. Absent where the set-up declines `clock`. */
  readonly now?: () => number
  readonly policy?: Partial<StorePolicy>
  readonly limits?: Partial<RecordLimits>
  /** Ms to wait at most for another writer (S20). */
  readonly waitMs?: number
}

/** What a place is given from outside, for a backend that can't write. */
export interface ToldEntries {
  readonly session: Required<SessionAddress>
  /** What is known of the session; it was not there before. Absent where it was. */
  readonly about?: NewSession
  /** In their order, behind what the session says already. Their records are to be told in exactly this text. */
  readonly records: readonly string[]
  /** Epoch ms: when the session is written to. */
  readonly at: number
}

/** A backend under test: its name, and how to make and reach its stores. */
export interface ConformanceSubject {
  readonly name: string
  /** A place that nothing is at yet: a path, the name of a database. */
  readonly newPlace: () => string | Promise<string>
  /** Opens the store of a place, and creates it where there is none. Twice on one place sees the same. */
  readonly open: (place: string, settings: StoreSettings) => Closable | Promise<Closable>
  /** Clears a place away once its case is done. */
  readonly removePlace?: (place: string) => Promise<void> | void
  /** Starts a process that serves the store of a place with {@link serveConformance}. */
  readonly startProcess?: (place: string) => ConformanceProcess | Promise<ConformanceProcess>
  readonly faults?: Partial<StoreFaults>
  /**
   * Puts messages into a place as whoever writes it would, for a backend that declines `append`. One that has it is told
   * by it.
   */
  readonly tell?: (place: string, told: ToldEntries) => Promise<void> | void
  /**
   * What the backend does not have, each with the reason. Their cases are reported as skipped. Everything else must be
   * there: what is missing and not declined is a failure, and so is what is declined and there.
   */
  readonly declines?: Partial<Record<Need, string>>
}

/** A test runner's own functions: vitest's, `node:test`'s, Jest's, Bun's. */
export interface TestRunner {
  readonly describe: (name: string, body: () => void) => unknown
  readonly it: {
    (name: string, body: () => Promise<void>): unknown
    readonly skip: (name: string, body: () => Promise<void>) => unknown
  }
}

const method = <T>(): z.ZodType<T> => z.custom<T>((value) => typeof value === 'function', 'is not a function')

const runnerSchema: z.ZodType<TestRunner> = z.object({
  describe: method<TestRunner['describe']>(),
  it: z.custom<TestRunner['it']>(
    (value) => typeof value === 'function' && typeof (value as { skip?: unknown }).skip === 'function',
    'is not a function with a skip',
  ),
})

const subjectSchema: z.ZodType<ConformanceSubject> = z.strictObject({
  name: z.string().min(1),
  newPlace: method<ConformanceSubject['newPlace']>(),
  open: method<ConformanceSubject['open']>(),
  removePlace: method<NonNullable<ConformanceSubject['removePlace']>>().exactOptional(),
  startProcess: method<NonNullable<ConformanceSubject['startProcess']>>().exactOptional(),
  tell: method<NonNullable<ConformanceSubject['tell']>>().exactOptional(),
  faults: z
    .custom<Partial<StoreFaults>>(
      (value) =>
        typeof value === 'object' &&
        value !== null &&
        Object.keys(value).every((name) => (FAULTS as readonly string[]).includes(name)),
      'names a fault that no case knows',
    )
    .exactOptional(),
  declines: z
    .custom<Partial<Record<Need, string>>>(
      (value) =>
        typeof value === 'object' &&
        value !== null &&
        Object.entries(value).every(
          ([need, reason]) =>
            (NEEDS as readonly string[]).includes(need) && typeof reason === 'string' && reason !== '',
        ),
      'names something that no case needs, or gives no reason',
    )
    .exactOptional(),
})

/** Checks what a conformance run is given. Fails with `InvalidArgument`. */
export function checkSubject(
  runner: TestRunner,
  subject: ConformanceSubject,
): { readonly runner: TestRunner; readonly subject: ConformanceSubject } {
  return {
    runner: checkArgument(runnerSchema, runner, 'runner'),
    subject: checkArgument(subjectSchema, subject, 'subject'),
  }
}
