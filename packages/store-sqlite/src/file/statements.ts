import { Connection } from './connection.ts'
import type { Driver } from './driver.ts'
import { setPragmas } from './pragmas.ts'
import { type Job, Thread } from './thread.ts'

/** A thread that has connections of its own to a file. */
export class StatementThread {
  readonly #thread: Thread
  readonly #path: string

  constructor(driver: Driver, path: string) {
    this.#thread = new Thread(driver)
    this.#path = path
  }

  get isRunning(): boolean {
    return this.#thread.isRunning
  }

  /**
   * Runs a statement on the connection of a name, which stays until {@link letGo}, and gives its rows, or how many it
   * changed. Fails with `NoThread`, and with the driver's errors.
   */
  run(on: string, sql: string): Promise<unknown> {
    return this.#thread.run(RUN_STATEMENT, { path: this.#path, on, sql })
  }

  /** Closes the connections, where the thread is still there. Never fails. */
  async letGo(): Promise<void> {
    if (!this.isRunning) return
    await this.#thread.run(RUN_STATEMENT, { path: this.#path, on: '', sql: null }).catch(() => {})
  }

  async end(): Promise<void> {
    await this.letGo()
    await this.#thread.end()
  }
}

/** A statement for a file's connection of a name. */
interface Statement {
  readonly path: string
  readonly on: string
  /** Null: all connections are let go. */
  readonly sql: string | null
}

/** Opened when they are first used, and held by the thread that has this module. */
const connections = new Map<string, Connection>()

/** Runs statements on connections of a thread, and gives their rows, or how many they changed. */
export const RUN_STATEMENT: Job<Statement, unknown> = {
  name: 'run-statement',
  work: (open, { path, on, sql }) => {
    if (sql === null) return close()
    return runOn(connections.get(on) ?? connect(open, path, on), sql)
  },
}

/** Runs a statement, and gives its rows, or how many it changed. */
export function runOn({ db }: Connection, sql: string): unknown {
  const statement = db.prepare(sql)
  return statement.reader ? statement.all() : statement.run().changes
}

function connect(open: Driver['open'], path: string, name: string): Connection {
  const connection = new Connection(open(path, { fileMustExist: true, timeout: 0 }))
  connections.set(name, connection)
  setPragmas(connection)
  return connection
}

function close(): void {
  for (const connection of connections.values()) connection.close()
  connections.clear()
}
