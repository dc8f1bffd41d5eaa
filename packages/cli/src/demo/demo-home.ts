import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { HERMES_SCHEMA } from '../hermes/hermes-schema.ts'
import { DEMO_SESSIONS, type DemoMessage, type DemoSession } from './demo-sessions.ts'

// The layout, the schema (version 6) and the order of writes are those of Hermes Agent as of April 2026.

/** Builds the home of a made-up gateway in a folder that does not exist yet: `state.db` and `sessions/`. */
export async function buildDemoHome(home: string): Promise<void> {
  const folder = join(home, 'sessions')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  for (const session of DEMO_SESSIONS) {
    const text = fileText(session)
    if (text !== '') await writeFile(join(folder, `${session.id}.jsonl`), text)
  }
  await writeFile(join(folder, 'sessions.json'), `${JSON.stringify(sessionIndex(), null, 2)}\n`)
  await writeFile(join(folder, `request_dump_${DEMO_SESSIONS[0]?.id}.json`), '{"messages":[]}\n')
  writeDatabase(join(home, 'state.db'))
}

/** A fresh session's file begins with its `session_meta`; a line that was torn is the last and has no line end. */
function fileText(session: DemoSession): string {
  const lines = session.messages.flatMap((message, turn) => {
    if (message.side === 'garbage') return [`${message.text}\n`]
    if (message.side === 'database') return []
    const line = JSON.stringify({ ...message.record, timestamp: stamp(session, turn) })
    return [message.side === 'torn' ? line.slice(0, Math.floor(line.length * 0.6)) : `${line}\n`]
  })
  if (lines.length === 0) return ''
  const meta = JSON.stringify({ role: 'session_meta', ...session.meta, timestamp: stamp(session, 0) })
  return `${meta}\n${lines.join('')}`
}

function writeDatabase(path: string): void {
  const database = new Database(path)
  database.pragma('journal_mode = WAL')
  database.exec(HERMES_SCHEMA)
  const insertSession = database.prepare(
    'INSERT INTO sessions (id, source, user_id, model, started_at, message_count, title) VALUES (?, ?, ?, ?, ?, ?, ?)',
  )
  const insertMessage = database.prepare(
    `INSERT INTO messages (session_id, role, content, tool_call_id, tool_calls, tool_name, timestamp, finish_reason, reasoning)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  database.transaction(() => {
    for (const session of DEMO_SESSIONS) {
      const rows = databaseRows(session)
      if (rows.length === 0) continue
      const { platform, user } = session.origin
      insertSession.run(
        session.id,
        platform,
        user,
        session.meta.model,
        session.startedAt / 1000,
        rows.length,
        session.title,
      )
      for (const row of rows) insertMessage.run(session.id, ...row)
    }
  })()
  database.close()
}

/** The agent's rows, and after the first turn the gateway's `session_meta`, of which the database keeps the role alone. */
function databaseRows(session: DemoSession): (string | number | null)[][] {
  const rows = session.messages.flatMap((message, turn) =>
    isRow(message) ? [messageRow(session, message, turn)] : [],
  )
  const firstTurn = rows.findIndex(([role], i) => i > 0 && role === 'user')
  const meta = ['session_meta', null, null, null, null, rows[0]?.[5] ?? null, null, null]
  return rows.length === 0 || !session.metaInDatabase
    ? rows
    : rows.toSpliced(firstTurn === -1 ? rows.length : firstTurn, 0, meta)
}

function isRow(message: DemoMessage): message is Exclude<DemoMessage, { side: 'garbage' | 'file' }> {
  return message.side !== 'garbage' && message.side !== 'file'
}

/** The mirror's marks and unknown members have no column: the database forgets them. */
function messageRow(
  session: DemoSession,
  { record }: Extract<DemoMessage, { record: unknown }>,
  turn: number,
): (string | number | null)[] {
  const text = (name: string): string | null => {
    const value = record[name]
    return typeof value === 'string' ? value : null
  }
  const calls = record['tool_calls']
  return [
    text('role'),
    text('content'),
    text('tool_call_id'),
    calls === undefined ? null : JSON.stringify(calls),
    text('tool_name'),
    secondsAt(session, turn),
    text('finish_reason'),
    text('reasoning'),
  ]
}

function sessionIndex(): object {
  const entries = DEMO_SESSIONS.filter(({ origin }) => origin.platform !== 'cli').map((session) => [
    `agent:main:${session.origin.platform}:dm:${session.origin.chat}`,
    {
      session_key: `agent:main:${session.origin.platform}:dm:${session.origin.chat}`,
      session_id: session.id,
      created_at: stamp(session, 0),
      updated_at: stamp(session, session.messages.length),
      display_name: session.title,
      platform: session.origin.platform,
      chat_type: 'dm',
      origin: {
        platform: session.origin.platform,
        chat_id: session.origin.chat,
        chat_type: 'dm',
        user_id: session.origin.user,
      },
    },
  ])
  return Object.fromEntries(entries)
}

function secondsAt(session: DemoSession, turn: number): number {
  return session.startedAt / 1000 + turn * 41.5
}

/** As the gateway writes it: local time, without a zone. */
function stamp(session: DemoSession, turn: number): string {
  return new Date(secondsAt(session, turn) * 1000).toISOString().replace('Z', '000')
}
