import { readTimeStamp, type TimeStamp, type WallClock } from '@faircopy/legacy-jsonl'
import type { JsonObject, JsonValue, NewSession } from '@faircopy/store-core'
import { sessionAddressSchema } from '@faircopy/store-core/arguments'
import type { SqlRow } from './fact-table.ts'
import { asJson } from './python-json.ts'
import type { RoutedSession } from './routed-session.ts'
import { sqlObject } from './routing-table.ts'
import { epochMs } from './row-item.ts'
import { sessionOrigin } from './session-origin.ts'
import { sessionParent } from './session-parent.ts'

/** What is known of a session beside its messages. */
export interface SessionFacts {
  readonly namespace: string
  /** Keys that lead to it: of the routing table before those of the index, newest first. */
  readonly routed: readonly RoutedSession[]
  /** Its row in `sessions`. */
  readonly row: SqlRow | null
  readonly parentRow: (id: string) => SqlRow | null
  /** Of the gateway's host, where it is known: without it a stamp of the index is no time. */
  readonly wallClock: WallClock | undefined
}

/**
 * What the sources know of a session. Members that nothing tells are left out. Everything that the contract does not
 * name is in `meta.hermes`: `sessionKey` (the first key), `index` (entries of sessions.json by key), `routing` (rows of
 * `gateway_routing`) and `session` (the row of `sessions`, NULLs left out). A number that JSON or a double can't hold is its
 * text there.
 */
export function sessionAbout({ namespace, routed, row, parentRow, wallClock }: SessionFacts): NewSession {
  const origin = sessionOrigin(routed, row)
  const parent = row && sessionParent(row, parentRow)
  const title = text(row?.get('title')) ?? firstText(routed, 'title') ?? firstText(routed, 'display_name')
  const startedAt =
    epochMs(row?.get('started_at') ?? null) ??
    routed.map(({ entry }) => time(entry['created_at'], wallClock).at).find((at) => at !== null)
  const endedAt = epochMs(row?.get('ended_at') ?? null)
  const endReason = text(row?.get('end_reason'))
  const meta = hermesMeta(routed, row)
  return {
    ...(origin ? { origin } : {}),
    ...(parent && sessionAddressSchema.safeParse({ namespace, id: parent.id }).success
      ? { parent: { ...parent, namespace } }
      : {}),
    ...(title === null ? {} : { title }),
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(endedAt === null ? {} : { endedAt }),
    ...(endReason === null ? {} : { endReason }),
    ...(meta ? { meta: { hermes: meta } } : {}),
  }
}

function hermesMeta(routed: readonly RoutedSession[], row: SqlRow | null): JsonObject | null {
  if (routed.length === 0 && row === null) return null
  const index = routed.flatMap(({ key, entry, row: ofTable }) =>
    ofTable ? [] : [[key, asJson(entry)] as const],
  )
  const routing = routed.flatMap(({ key, entry, row: ofTable }) =>
    ofTable ? [{ ...ofTable, session_key: key, entry: asJson(entry) }] : [],
  )
  const sessionKey = routed[0]?.key ?? text(row?.get('session_key'))
  return {
    ...(sessionKey === null ? {} : { sessionKey }),
    ...(index.length === 0 ? {} : { index: Object.fromEntries(index) }),
    ...(routing.length === 0 ? {} : { routing }),
    ...(row ? { session: sqlObject(row) } : {}),
  }
}

function time(value: JsonValue | undefined, wallClock: WallClock | undefined): TimeStamp {
  return typeof value === 'string' ? readTimeStamp(value, wallClock) : readTimeStamp(null)
}

function firstText(routed: readonly RoutedSession[], name: string): string | null {
  for (const { entry } of routed) {
    const found = text(entry[name])
    if (found !== null) return found
  }
  return null
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' && value.isWellFormed() ? value : null
}
