import { fork } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { ConformanceProcess, ConformanceSubject } from '@faircopy/conformance'
import { openSqliteStore } from '@faircopy/store-sqlite'
import Database from 'better-sqlite3'
import { pathOf, script } from './processes.ts'
import { tamper } from './tampering.ts'

/** Stores in files, as the conformance cases make, reach and harm them. */
export function sqliteSubject(): ConformanceSubject {
  return {
    name: 'sqlite',
    newPlace: () => join(mkdtempSync(join(tmpdir(), 'store-sqlite-')), 'transcripts.db'),
    open: (path, { now, policy, limits, waitMs }) =>
      openSqliteStore({
        path,
        ...(now && { now }),
        ...(policy && { policy }),
        ...(limits && { recordLimits: limits }),
        ...(waitMs !== undefined && { busyTimeoutMs: waitMs }),
      }),
    removePlace: (path) => rmSync(dirname(path), { recursive: true, force: true }),
    startProcess,
    faults: {
      lock: async (path) => {
        const other = new Database(path)
        other.exec('BEGIN IMMEDIATE')
        return () => {
          other.close()
        }
      },
      replace: async (path) => {
        const other = await openSqliteStore({ path: `${path}.other` })
        await other.close()
        renameSync(other.path, path)
      },
      damage: (path) => {
        copyFileSync(path, `${path}.whole`)
        script('damage.ts', path)
      },
      tamper: (path) => {
        const db = new Database(path)
        db.exec(
          `UPDATE entry SET record = replace(record, 'o', '0') WHERE key = (SELECT min(key) FROM entry)`,
        )
        db.close()
      },
      wound: (path) =>
        tamper(
          path,
          `UPDATE session SET title = 'x' WHERE id = 's'; UPDATE tip SET head = zeroblob(32) WHERE session = (SELECT number FROM session WHERE id = 's')`,
        ),
      newer: (path) => {
        const db = new Database(path)
        db.pragma('user_version = 3')
        db.close()
      },
    },
    declines: {
      'fault:fill': 'needs a small file system: see full.test.ts',
    },
  }
}

async function startProcess(path: string): Promise<ConformanceProcess> {
  const child = fork(pathOf('serve.ts'), [path], { execArgv: [] })
  await once(child, 'message')
  return {
    send: (message) => child.send(message as object),
    receive: (listener) => child.on('message', listener),
    kill: async () => {
      const gone = once(child, 'exit')
      if (child.kill('SIGKILL')) await gone
    },
  }
}
