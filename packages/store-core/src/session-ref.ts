import { visibleText } from './visible-text.ts'

/** The namespace of a session that names none. */
export const DEFAULT_NAMESPACE = 'default'

/**
 * Which session: its id within a namespace (a profile, an account). An id is well-formed text of 1 to 255 bytes of
 * UTF-8, compared byte for byte, and never a path. A plain string is an id in the {@link DEFAULT_NAMESPACE}.
 */
export type SessionRef = string | SessionAddress

/** A session's id and its namespace, spelled out. */
export interface SessionAddress {
  readonly namespace?: string
  readonly id: string
}

/** The address with its namespace filled in. */
export function sessionAddress(session: SessionRef): Required<SessionAddress> {
  return typeof session === 'string'
    ? { namespace: DEFAULT_NAMESPACE, id: session }
    : { namespace: session.namespace ?? DEFAULT_NAMESPACE, id: session.id }
}

/** Whether two addresses are one. */
export function isSameAddress(a: Required<SessionAddress>, b: Required<SessionAddress>): boolean {
  return a.id === b.id && a.namespace === b.namespace
}

/** A session's name for people: JSON-quoted and with all of it to be seen, so that no id can imitate a message. */
export function sessionLabel(session: SessionRef): string {
  const { namespace, id } = sessionAddress(session)
  const name = JSON.stringify(id)
  return visibleText(namespace === DEFAULT_NAMESPACE ? name : `${name} of ${JSON.stringify(namespace)}`)
}
