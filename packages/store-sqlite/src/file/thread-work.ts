// The other side of thread.ts: runs statements on connections of its own, opened when they are first used.
import { createRequire } from 'node:module'
import { parentPort, workerData } from 'node:worker_threads'
import type BetterSqlite3 from 'better-sqlite3'
import { Connection } from './connection.ts'
import { setPragmas } from './pragmas.ts'
import type { ThreadAnswer, ThreadCall } from './thread.ts'

const { origin, path } = workerData as { readonly origin: string; readonly path: string }
const Driver = createRequire(import.meta.url)(origin) as typeof BetterSqlite3
const connections = new Map<string, Connection>()

function connect(name: string): Connection {
  const connection = new Connection(new Driver(path, { fileMustExist: true, timeout: 0 }))
  connections.set(name, connection)
  setPragmas(connection)
  return connection
}

function close(): void {
  for (const connection of connections.values()) connection.close()
  connections.clear()
}

function run({ on, sql }: ThreadCall): unknown {
  if (sql === null) return close()
  const statement = (connections.get(on) ?? connect(on)).db.prepare(sql)
  return statement.reader ? statement.all() : statement.run().changes
}

function answer(call: ThreadCall): ThreadAnswer {
  try {
    return { id: call.id, result: run(call) }
  } catch (error) {
    const { message, code } = error as Error & { readonly code?: string }
    return { id: call.id, failed: { message, code: code ?? null } }
  }
}

parentPort?.on('message', (call: ThreadCall) => parentPort?.postMessage(answer(call)))
