import type { Session, TranscriptReader } from '@faircopy/store-core'
import { backward, unlessStale } from '../entries/backward.ts'
import type { OpenTurn } from '../entries/open-turn.ts'
import { openTurn } from '../entries/turn-entries.ts'
import { endKey, turnOfKey } from '../entries/turn-name.ts'

/** What the end of a session tells about it. */
export interface SessionTail {
  /** Epoch ms of the last thing that somebody said or did in it; a delivery is neither. */
  readonly lastActivity: number
  /** Whether anything was ever said in it but deliveries. */
  readonly hadActivity: boolean
  readonly suspended: boolean
  /** The last turn, if it has no end. */
  readonly interrupted: OpenTurn | null
  /** The last entry's id, or null of an empty session. */
  readonly lastEntry: number | null
}

/** Reads a session's end, up to its last message. Cost: a page; more where many deliveries or markers are there. */
export function sessionTail(reader: TranscriptReader, session: Session): Promise<SessionTail> {
  return unlessStale(() => readTail(reader, session))
}

async function readTail(reader: TranscriptReader, session: Session): Promise<SessionTail> {
  let lastActivity: number | null = null
  let suspended: boolean | null = null
  let lastEntry: number | null = null
  const ended = new Set<string>()
  for await (const { entry } of backward(reader, session)) {
    lastEntry ??= entry.id
    if (entry.kind === 'delivery') continue
    suspended ??= entry.kind === 'suspension'
    lastActivity ??= entry.at ?? session.updatedAt
    if (entry.idempotencyKey !== null) ended.add(entry.idempotencyKey)
    if (entry.kind !== 'message') continue
    const turn = turnOfKey(entry.idempotencyKey)
    const isOpen = turn !== null && !ended.has(endKey(turn))
    return {
      lastActivity: lastActivity ?? session.updatedAt,
      hadActivity: true,
      suspended,
      interrupted: isOpen ? openTurn(session, turn, turn.index, entry.at) : null,
      lastEntry,
    }
  }
  return {
    lastActivity: lastActivity ?? session.startedAt ?? session.updatedAt,
    hadActivity: false,
    suspended: suspended ?? false,
    interrupted: null,
    lastEntry,
  }
}
