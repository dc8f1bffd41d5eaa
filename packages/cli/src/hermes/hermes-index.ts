import { isJsonObject, type JsonObject, type Origin, type Session } from '@faircopy/store-core'
import { chatKind } from '@faircopy/store-core/backend'
import { objectIn } from './hermes-session-row.ts'
import { hermesTime } from './hermes-time.ts'

/** ISO 8601 without a zone, of which Hermes makes a time when it loads the index. */
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3}(\d{3})?)?$/

interface Claim {
  readonly entry: JsonObject
  /** A session that lives, then one that the imported index named, then the one written to last. */
  readonly rank: readonly [lives: number, named: number, updatedAt: number]
}

/** Gathers `sessions.json`: the keys by which a gateway finds its sessions again, each leading to one session. */
export class HermesIndex {
  readonly #claims = new Map<string, Claim>()

  /** Adds the keys that lead to a session. `id`: its id in the home. `lastAt`: epoch ms of its last dated entry. */
  add(session: Session, id: string, lastAt: number | null): void {
    const { origin, updatedAt } = session
    const lives = Number(session.endedAt === null)
    const known = knownEntries(session)
    for (const [key, entry] of known)
      this.#claim(key, { entry: completed(entry, key, session, id, lastAt), rank: [lives, 1, updatedAt] })
    if (known.size > 0 || origin === null || origin.platform === 'cli' || lives === 0) return
    const key = hermesSessionKey(origin)
    this.#claim(key, { entry: completed({}, key, session, id, lastAt), rank: [lives, 0, updatedAt] })
  }

  /** The text of the file. */
  text(): string {
    const entries = [...this.#claims].map(([key, { entry }]) => [key, entry] as const)
    return `${JSON.stringify(Object.fromEntries(entries), null, 2)}\n`
  }

  #claim(key: string, claim: Claim): void {
    const known = this.#claims.get(key)
    if (!known || compareRanks(claim.rank, known.rank) > 0) this.#claims.set(key, claim)
  }
}

/** The key of an origin by the rules of April 2026, with their defaults: people in groups apart, in threads together. */
function hermesSessionKey(origin: Origin): string {
  const { platform, chat, thread, user, userAlt } = origin
  const chatType = hermesChatType(origin)
  const isDirect = chatType === 'dm'
  const participant = isDirect || thread !== undefined ? undefined : (userAlt ?? user)
  const parts = ['agent', 'main', platform, chatType, chat, thread, participant]
  return parts.filter((part) => part !== undefined).join(':')
}

/** What an import found of the session in `sessions.json`, or in the table that came after it. */
function knownEntries({ meta }: Session): ReadonlyMap<string, JsonObject> {
  const hermes = objectIn(meta, 'hermes')
  const routing = hermes['routing']
  const ofTable = (Array.isArray(routing) ? routing : []).flatMap((row) => {
    if (!isJsonObject(row) || typeof row['session_key'] !== 'string') return []
    return [[row['session_key'], objectIn(row, 'entry')] as const]
  })
  const ofIndex = Object.entries(objectIn(hermes, 'index')).flatMap(([key, entry]) =>
    isJsonObject(entry) ? [[key, entry] as const] : [],
  )
  return new Map([...ofTable, ...ofIndex])
}

function completed(
  entry: JsonObject,
  key: string,
  session: Session,
  id: string,
  lastAt: number | null,
): JsonObject {
  const { origin, title, startedAt, updatedAt } = session
  const written = hermesTime(lastAt ?? startedAt ?? updatedAt)
  const updated = timeIn(entry, 'updated_at')
  return {
    ...(origin ? { ...fromOrigin(origin), display_name: title } : {}),
    ...entry,
    session_key: key,
    session_id: id,
    created_at: timeIn(entry, 'created_at') ?? hermesTime(startedAt ?? lastAt ?? updatedAt),
    updated_at: updated !== null && (lastAt === null || updated > written) ? updated : written,
  }
}

function hermesChatType({ chatType = 'dm' }: Origin): string {
  return chatKind(chatType)
}

function fromOrigin(origin: Origin): JsonObject {
  const { platform, chat, thread, user, userAlt } = origin
  const chatType = hermesChatType(origin)
  return {
    platform,
    chat_type: chatType,
    origin: {
      platform,
      chat_id: chat ?? '',
      chat_name: null,
      chat_type: chatType,
      user_id: user ?? null,
      user_name: null,
      thread_id: thread ?? null,
      chat_topic: null,
      ...(userAlt === undefined ? {} : { user_id_alt: userAlt }),
    },
  }
}

function timeIn(entry: JsonObject, name: string): string | null {
  const value = entry[name]
  return typeof value === 'string' && TIME.test(value) ? value : null
}

function compareRanks(a: Claim['rank'], b: Claim['rank']): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2]
}
