import { hash } from 'node:crypto'
import {
  type LegacyEntry,
  type LegacySession,
  type LegacySource,
  type LegacyWitness,
  recordTraits,
  type WitnessItem,
} from '@faircopy/legacy-jsonl'
import { type NewSession, type Origin, openaiChat, parseRecord } from '@faircopy/store-core'

/** One row or line of a made-up witness. */
export interface Told {
  readonly text: string
  readonly kind?: string
  readonly withdrawn?: boolean
  /** Epoch ms. */
  readonly at?: number
}

/** A made-up session; its witnesses can be changed between two passes. */
export interface ToldSession {
  readonly id: string
  database?: Told[]
  file?: Told[]
  title?: string
  origin?: Origin
  about?: NewSession
}

/** A source over made-up sessions. */
export function toldSource(sessions: ToldSession[]): LegacySource {
  return {
    path: '/made/up',
    format: 'made-up',
    problems: [],
    async *sessions(): AsyncGenerator<LegacySession> {
      for (const session of sessions) {
        yield {
          namespace: 'default',
          id: session.id,
          about: {
            ...session.about,
            ...(session.title === undefined ? {} : { title: session.title }),
            ...(session.origin === undefined ? {} : { origin: session.origin }),
          },
          database: session.database ? witness(session, 'database') : null,
          file: session.file ? witness(session, 'file') : null,
        }
      }
    },
    async close() {},
  }
}

/** A chat message as both sides would write it. */
export function said(role: string, content: string, more: object = {}): Told {
  return { text: JSON.stringify({ role, content, ...more }) }
}

/** A turn distinctive enough to be an anchor. */
export function turn(name: string): Told[] {
  return [said('user', `${name}: what do you think?`), said('assistant', `${name}: I think so, too.`)]
}

function witness(session: ToldSession, kind: 'file' | 'database'): LegacyWitness {
  const told = (): readonly Told[] => session[kind] ?? []
  let read: readonly Told[] = []
  return {
    kind,
    path: `/made/up/${session.id}.${kind}`,
    codec: 'openai-chat',
    read() {
      const items = [...told()]
      read = told()
      return {
        digest: hash('sha256', JSON.stringify(items)),
        async *[Symbol.asyncIterator](): AsyncGenerator<WitnessItem> {
          for (const [i, item] of items.entries()) yield itemOf(item, i, kind)
        },
      }
    },
    async unchanged() {
      return read === told()
    },
  }
}

/** Whether a line becomes an entry: it is a record, and does not tell of the session. */
export function isEntry({ text }: Told): boolean {
  return text.startsWith('{') && !text.startsWith('{"_type":')
}

function itemOf(told: Told, index: number, kind: 'file' | 'database'): WitnessItem {
  if (!isEntry(told)) {
    const bytes = new TextEncoder().encode(told.text)
    const line = { line: index + 1, offset: index * 100, length: bytes.length, bytes }
    return told.text.startsWith('{')
      ? { as: 'metadata', line: { reason: 'metadata', ...line } }
      : { as: 'quarantined', line: { reason: 'invalid-json', ...line } }
  }
  const record = parseRecord(told.text)
  const entryKind = told.kind ?? (record['role'] === 'session_meta' ? 'session_meta' : 'message')
  const entry: LegacyEntry = {
    kind: entryKind,
    record: told.text,
    at: told.at ?? null,
    stamp: told.at ?? null,
    traits: recordTraits(entryKind, record, openaiChat),
    withdrawn: told.withdrawn ?? false,
    place:
      kind === 'file' ? { line: index + 1, offset: index * 100 } : { row: index + 1, rowTime: `${index}.5` },
  }
  return { as: 'entry', entry }
}
