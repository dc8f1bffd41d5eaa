import { Connection } from './connection.ts'
import type { Driver } from './driver.ts'
import { type KnownFile, openKnown } from './known-file.ts'
import type { OpenFile } from './open-file.ts'
import { setPragmas } from './pragmas.ts'
import { type Job, Thread } from './thread.ts'

/** A thread that has connections of its own to a file. */
export class StatementThread {
  readonly #thread: Thread
  readonly #file: OpenFile

  constructor(file: OpenFile) {
    this.#thread = new Thread(file.driver)
    this.#file = file
  }

  get isRunning(): boolean {
    return this.#thread.isRunning
  }

  /**
   * Runs a statement on the connection of a name, which stays until {@link letGo}, and gives its rows, or how many it
   * changed. Fails with `StoreReplaced`, with `NoThread`, and with the driver's errors.
   */
  async run(on: string, sql: string): Promise<unknown> {
    const file = this.#file
    const { ino: inode } = file.checkName()
    try {
      return await this.#thread.run(RUN_STATEMENT, { file: { path: file.path, inode }, on, sql })
    } catch (error) {
      file.checkName()
      throw error
    }
  }

  /** Closes the connections, where the thread is still there. Never fails. */
  async letGo(): Promise<void> {
    if (!this.isRunning) return
    await this.#thread.run(RUN_STATEMENT, { file: null, on: '', sql: null }).catch(() => {})
  }

  async end(): Promise<void> {
    await this.letGo()
    await this.#thread.end()
  }
}

/** A statement for a file's connection of a name. */
interface Statement {
  /** Null, as no statement: all connections are let go. */
  readonly file: KnownFile | null
  readonly on: string
  readonly sql: string | null
}

/** Opened when they are first used, and held by the thread that has this module. */
const connections = new Map<string, Connection>()

/** Runs statements on connections of a thread, and gives their rows, or how many they changed. */
export const RUN_STATEMENT: Job<Statement, unknown> = {
  name: 'run-statement',
  work: (open, { file, on, sql }) => {
    if (file === null || sql === null) return close()
    return runOn(connections.get(on) ?? connect(open, file, on), sql)
  },
}

/** Runs a statement, and gives its rows, or how many it changed. */
export function runOn({ db }: Connection, sql: string): unknown {
  const statement = db.prepare(sql)
  return statement.reader ? statement.all() : statement.run().changes
}

function connect(open: Driver['open'], file: KnownFile, name: string): Connection {
  const connection = new Connection(openKnown(open, file))
  connections.set(name, connection)
  setPragmas(connection)
  return connection
}

function close(): void {
  for (const connection of connections.values()) connection.close()
  connections.clear()
}
