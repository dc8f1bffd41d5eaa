import { decodeCursor, encodeCursor } from './cursor.ts'
import { InvalidArgument } from './errors.ts'
import { matchesOrigin } from './origin-match.ts'
import type { ListOptions } from './reader.ts'
import type { Session } from './session.ts'
import { type SessionAddress, sessionAddress } from './session-ref.ts'
import { matchesTitle } from './title-match.ts'

/** What a listing is ordered by. */
export type ListKey = Required<SessionAddress> & Pick<Session, 'updatedAt'>

/** Whether a session belongs to a listing: the definition that every backend's query is held against. */
export function isListed(session: Session, options: ListOptions): boolean {
  const { namespace, origin, state, activeSince, title } = options
  const parent = options.parent === undefined ? undefined : sessionAddress(options.parent)
  return (
    (namespace === undefined || session.namespace === namespace) &&
    (origin === undefined || (session.origin !== null && matchesOrigin(origin, session.origin))) &&
    (parent === undefined ||
      (session.parent?.namespace === parent.namespace && session.parent.id === parent.id)) &&
    (state === undefined || (state === 'live') === (session.endedAt === null)) &&
    (activeSince === undefined || session.updatedAt >= activeSince) &&
    (title === undefined || matchesTitle(session.title, title))
  )
}

/** The order of a listing: negative where `a` comes first. */
export function compareListed(a: ListKey, b: ListKey, order: ListOptions['order'] = 'address'): number {
  const byTime = order === 'recent' ? b.updatedAt - a.updatedAt : 0
  return byTime || compareText(a.namespace, b.namespace) || compareText(a.id, b.id)
}

/** The cursor behind a session of a listing. */
export function encodeListCursor(last: ListKey, order: ListOptions['order'] = 'address'): string {
  return order === 'recent'
    ? encodeCursor(['recent', last.updatedAt, last.namespace, last.id])
    : encodeCursor([last.namespace, last.id])
}

/** Where {@link encodeListCursor} left off. Fails with `InvalidArgument`, also for a cursor of another order. */
export function decodeListCursor(cursor: string, order: ListOptions['order'] = 'address'): ListKey {
  const parts = decodeCursor(cursor)
  const [mark, updatedAt, namespace, id, ...rest] =
    order === 'recent' ? parts : ['recent', 0, parts[0] ?? null, parts[1] ?? null, ...parts.slice(2)]
  if (
    mark !== 'recent' ||
    typeof updatedAt !== 'number' ||
    typeof namespace !== 'string' ||
    typeof id !== 'string' ||
    rest.length > 0
  ) {
    throw new InvalidArgument('The cursor is not one of a listing in this order')
  }
  return { updatedAt, namespace, id }
}

/** UTF-8 byte order, which is code point order and differs from JavaScript's own where surrogates are involved. */
export function compareText(a: string, b: string): number {
  const shared = Math.min(a.length, b.length)
  for (let i = 0; i < shared; i++) {
    const [ofA, ofB] = [a.charCodeAt(i), b.charCodeAt(i)]
    if (ofA !== ofB) return rankOf(ofA) - rankOf(ofB)
  }
  return a.length - b.length
}

/** Surrogates stand for what is behind all other units. */
function rankOf(unit: number): number {
  if (unit < 0xd800) return unit
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800
}
