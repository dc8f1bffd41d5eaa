import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import type { ConformanceSubject } from '@faircopy/conformance'
import { openStore } from '../open-store.ts'

/** The backend under test: how its stores are made, reached and harmed, and what it does not have. */
export const subject: ConformanceSubject = {
  name: 'node:sqlite',
  newPlace,
  open: (path, settings) => openStore({ path, ...settings }),
  removePlace: (path) => rmSync(dirname(path), { recursive: true, force: true }),
  startProcess: (path) => {
    const child = startScript('serve.ts', path)
    return {
      send: (message) => void child.send(message as object),
      receive: (listener) => void child.on('message', listener),
      kill: () => kill(child),
    }
  },
  faults: {
    lock: async (path) => {
      const other = new DatabaseSync(path)
      other.exec('BEGIN IMMEDIATE')
      return () => other.close()
    },
    tamper: (path) => inFile(path, `UPDATE entry SET record = replace(record, 'o', '0') WHERE id = 1`),
    newer: (path) => inFile(path, 'PRAGMA user_version = 2'),
  },
  declines: {
    search: 'this example has no index',
    backup: 'a copy of the file is one, while no store is open',
    compact: 'the file keeps its size',
    'private-file': 'it has the permissions that the process gives it',
    'fault:replace': 'it does not look whether its file is another one',
    'fault:damage': 'a damaged file is an error of SQLite',
    'fault:wound': 'a damaged row is not told from another',
    'fault:fill': 'it needs a small file system',
  },
}

export function newPlace(): string {
  return join(mkdtempSync(join(tmpdir(), 'backend-node-sqlite-')), 'transcripts.db')
}

/** Starts a script of this folder as a process of its own, from the sources as the tests are. */
export function startScript(name: string, path: string): ChildProcess {
  const source = process.env['TEST_AGAINST'] === 'dist' ? [] : ['--conditions=@faircopy/source']
  const script = fileURLToPath(new URL(name, import.meta.url))
  return fork(script, [path], { execArgv: [...source, '--disable-warning=ExperimentalWarning'] })
}

export async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}

function inFile(path: string, sql: string): void {
  const db = new DatabaseSync(path)
  db.exec(sql)
  db.close()
}
