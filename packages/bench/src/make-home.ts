import { mkdirSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { random } from './random.ts'

/** What a made-up home measures. */
export interface HomeSize {
  readonly sessions: number
  readonly messagesEach: number
  /** Bytes of the one long session's file; 0 for none. */
  readonly longBytes: number
  readonly seed: number
}

/** What was made. */
export interface MadeHome {
  readonly messages: number
  readonly bytes: number
}

const SCHEMA = `
create table schema_version (version integer not null);
insert into schema_version values (6);
create table sessions (
  id text primary key, source text not null, user_id text, model text, model_config text, system_prompt text,
  parent_session_id text, started_at real not null, ended_at real, end_reason text,
  message_count integer default 0, tool_call_count integer default 0, title text
);
create table messages (
  id integer primary key autoincrement, session_id text not null references sessions(id), role text not null,
  content text, tool_call_id text, tool_calls text, tool_name text, timestamp real not null, token_count integer,
  finish_reason text, reasoning text, reasoning_details text, codex_reasoning_items text
);
create index idx_messages_session on messages(session_id, timestamp);
`

const POOL_LENGTH = 1 << 20

/**
 * Writes a Hermes home as two writers leave it behind: most turns on both sides, one in twenty only in the file, one
 * in twenty only in the database, never side by side, so that there is one order. Line lengths follow a long-tailed law: half below 850 bytes, a few of 40 KB and more.
 */
export async function makeHome(folder: string, size: HomeSize): Promise<MadeHome> {
  const next = random(size.seed)
  const pool = Array.from(
    { length: POOL_LENGTH },
    () => 'abcdefghijklmnopqrstuvwxyz     .,\u00e9\u65e5'[Math.floor(next() * 35)],
  ).join('')
  const text = (length: number): string => {
    const from = Math.floor(next() * (POOL_LENGTH - length))
    return pool.slice(from, from + length)
  }
  mkdirSync(join(folder, 'sessions'), { recursive: true })
  const db = new Database(join(folder, 'state.db'))
  db.pragma('synchronous = OFF')
  db.exec(SCHEMA)
  const addSession = db.prepare('insert into sessions (id, source, user_id, started_at) values (?, ?, ?, ?)')
  const addMessage = db.prepare(
    'insert into messages (session_id, role, content, timestamp, finish_reason, reasoning) values (?, ?, ?, ?, ?, ?)',
  )
  let messages = 0
  let bytes = 0
  const start = Date.UTC(2026, 2, 1) / 1000

  const writeSession = async (
    number: number,
    enough: (messages: number, bytes: number) => boolean,
  ): Promise<void> => {
    const id = `20260301_${String(number).padStart(6, '0')}_${number.toString(16).padStart(8, '0')}`
    addSession.run(id, 'telegram', 'u1', start + number)
    const file = await open(join(folder, 'sessions', `${id}.jsonl`), 'w')
    let lines = ''
    let ownMessages = 0
    let ownBytes = 0
    while (!enough(ownMessages, ownBytes)) {
      const turn = (ownMessages / 2) % 20
      const at = start + number + ownMessages / 100
      const stamp = new Date(at * 1000).toISOString().slice(0, -1)
      for (const role of ['user', 'assistant']) {
        const content = `${text(Math.floor(20 + 160 / (next() + 0.0012)))} ${number}.${ownMessages}`
        const extra = role === 'assistant' ? { reasoning: null, finish_reason: 'stop' } : {}
        if (turn !== 3) {
          const line = `${JSON.stringify({ role, content, ...extra, timestamp: stamp })}\n`
          ownBytes += Buffer.byteLength(line)
          lines += line
        }
        if (turn !== 13) addMessage.run(id, role, content, at, role === 'assistant' ? 'stop' : null, null)
        ownMessages++
      }
      if (lines.length > 1 << 20) {
        await file.write(lines)
        lines = ''
      }
    }
    await file.write(lines)
    await file.close()
    messages += ownMessages
    bytes += ownBytes
  }

  db.exec('begin')
  for (let number = 0; number < size.sessions; number++)
    await writeSession(number, (count) => count >= size.messagesEach)
  if (size.longBytes > 0) await writeSession(size.sessions, (_, written) => written >= size.longBytes)
  db.exec('commit')
  db.close()
  return { messages, bytes }
}
