import type { EntryAddress } from '../generation.ts'
import { entryHash } from '../hash.ts'
import type {
  Address,
  EntriesOf,
  LookUpName,
  LookUps,
  OriginsAt,
  StagedAt,
  UnlistedAsked,
} from './look-ups.ts'
import type { AnyAnswers, Round } from './rule.ts'

/** Something that a decision rests on: it has to be so still when the decision is written. */
export type Ground =
  /** The session is at this version; null: there is none. */
  | { readonly on: 'session'; readonly session: Address; readonly version: unknown }
  /** A new session of this name begins with this list. */
  | { readonly on: 'first-generation'; readonly session: Address; readonly generation: number }
  /** No session has the delivery of the key. */
  | { readonly on: 'no-delivery'; readonly key: string }
  /** No delivery is held under the key since then; one that was held before may be there still. */
  | { readonly on: 'not-held'; readonly key: string; readonly since: number }
  /** The delivery is held. */
  | { readonly on: 'held'; readonly number: unknown }
  /** The place of the origins is at this version. */
  | ({ readonly on: 'place'; readonly version: unknown } & OriginsAt)
  /** The entry says what has this hash. */
  | { readonly on: 'entry'; readonly session: Address; readonly entry: EntryAddress; readonly hash: string }
  /** No other session contains one of the entries. */
  | ({ readonly on: 'containing'; readonly sessions: readonly Address[] } & EntriesOf)
  /** So many of the entries would be in no list without the lists. */
  | ({ readonly on: 'unlisted'; readonly count: number } & UnlistedAsked)
  /** So much is staged at the place, and this is its next id. */
  | { readonly on: 'staged'; readonly place: StagedAt; readonly nextId: number; readonly count: number }
  /** The session is claimed under this token; null: by nobody. */
  | { readonly on: 'claim'; readonly session: Address; readonly token: string | null }
  /** The notes on the session are at this version. */
  | { readonly on: 'notes'; readonly session: Address; readonly version: unknown }

/** What a decision rests on for each look-up. What is part of a session rests on the session, which is asked for in the same round or before. */
const GROUNDS: {
  readonly [N in LookUpName]: (asked: LookUps[N]['asked'], answer: LookUps[N]['answer']) => readonly Ground[]
} = {
  tips: (session, found) => [{ on: 'session', session, version: found?.version ?? null }],
  sessions: (session, found) => [{ on: 'session', session, version: found?.version ?? null }],
  firstGenerations: (session, generation) => [{ on: 'first-generation', session, generation }],
  keys: () => [],
  deliveries: (key, found) =>
    found.length === 0
      ? [{ on: 'no-delivery', key }]
      : found.map(({ session, version }) => ({ on: 'session', session, version })),
  retained: () => [],
  heldUnder: ({ key, since }, held) => [
    held ? { on: 'held', number: held.number } : { on: 'not-held', key, since },
  ],
  heldFor: ({ namespace, origin }, { version }) => [{ on: 'place', namespace, origins: [origin], version }],
  heldCounts: ({ namespace, origin }, { version }) => [
    { on: 'place', namespace, origins: [origin], version },
  ],
  originWays: ({ namespace, origin }, { version }) => [
    { on: 'place', namespace, origins: [origin], version },
  ],
  openingWays: ({ namespace, origins }, { version }) => [{ on: 'place', namespace, origins, version }],
  routes: ({ namespace, origin }, { version }) => [{ on: 'place', namespace, origins: [origin], version }],
  operations: () => [],
  lists: () => [],
  heads: () => [],
  deliveriesFrom: () => [],
  entriesHolding: ({ session }, found) =>
    found.map(({ owner, id, kind, at, record }) => {
      return { on: 'entry', session, entry: { owner, id }, hash: entryHash(kind, at, record) }
    }),
  linesHolding: () => [],
  containing: (asked, found) => [
    { on: 'containing', ...asked, sessions: found.map(({ session }) => session) },
    ...found.map(({ session, tip: { version } }) => ({ on: 'session', session, version }) as const),
  ],
  generations: () => [],
  pastLists: () => [],
  chains: () => [],
  unlisted: ({ session, ranges, without }, count) => [{ on: 'unlisted', session, ranges, without, count }],
  imported: () => [],
  lineCounts: () => [],
  notes: ({ session }, { version }) => [{ on: 'notes', session, version }],
  notesOfRun: ({ session }, { version }) => [{ on: 'notes', session, version }],
  staged: (place, found) => [{ on: 'staged', place, ...found }],
  claims: (session, found) => [{ on: 'claim', session, token: found?.token ?? null }],
  lastNotes: (session, { version }) => [{ on: 'notes', session, version }],
}

/** What a decision rests on that a round was answered for. */
export function groundsOf(round: Round, answers: AnyAnswers): Ground[] {
  return (Object.keys(round) as LookUpName[]).flatMap((name) => groundsOn(name, round, answers))
}

function groundsOn<N extends LookUpName>(name: N, round: Round, answers: AnyAnswers): Ground[] {
  const asked: readonly LookUps[N]['asked'][] = round[name] ?? []
  const found: readonly LookUps[N]['answer'][] = answers[name] ?? []
  return asked.flatMap((one, i) => GROUNDS[name](one, found[i] as LookUps[N]['answer']))
}
