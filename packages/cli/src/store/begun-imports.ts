import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { readdir, readFile, rename, unlink, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { basename, dirname, join } from 'node:path'
import type { Context } from '../context/context.ts'
import { nextCommand, type Reading, storeToName } from '../context/next-command.ts'

/** An import that has begun to write. A file beside the store tells of it until all is written, whatever ends it before. */
interface BegunImport {
  readonly id: string
  /** Epoch ms. */
  readonly at: number
  readonly sources: readonly string[]
  readonly reading: Reading
  readonly process: { readonly host: string; readonly pid: number; readonly started: string }
}

/** An import that is not done: its process is at it, is gone, or cannot be asked about from here. */
export interface OpenImport extends Omit<BegunImport, 'reading' | 'process'> {
  readonly state: 'running' | 'unfinished' | 'unknown'
  readonly host: string
  readonly pid: number
  /** The command that goes on with it. */
  readonly next: string
}

/** Notes that an import begins to write into a store. */
export async function noteBegun(
  databasePath: string,
  { id, at, sources, reading }: Omit<BegunImport, 'process'>,
): Promise<void> {
  const begun: BegunImport = { id, at, sources, reading, process: ownProcess() }
  const path = noteOf(databasePath, id)
  // Whole or not at all: a reader may look at any moment.
  const temporary = `${path}.${randomUUID()}.tmp`
  try {
    await writeFile(temporary, JSON.stringify(begun), { mode: 0o600, flag: 'wx' })
    await rename(temporary, path)
  } catch (error) {
    await unlink(temporary).catch(() => {})
    // Where there is no room for a note, the import itself says so better.
    if (!['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
  }
}

/** Takes the note of an import away: all of it is written, or nothing of it stays. */
export async function noteDone(databasePath: string, id: string): Promise<void> {
  await unlink(noteOf(databasePath, id)).catch(ignoreAbsent)
}

/** Takes away the notes of those whose process is gone, and which an import of these sources has now finished. */
export async function noteFinished(
  databasePath: string,
  { sources, reading }: Pick<BegunImport, 'sources' | 'reading'>,
): Promise<void> {
  for (const begun of await begunImports(databasePath)) {
    const isSame = JSON.stringify(begun.reading) === JSON.stringify(reading)
    if (!isSame || stateOf(begun) !== 'unfinished' || !begun.sources.every((one) => sources.includes(one)))
      continue
    await noteDone(databasePath, begun.id)
  }
}

/** The imports of a store that are not done, oldest first. */
export async function openImports(
  context: Pick<Context, 'databasePath' | 'io'>,
): Promise<readonly OpenImport[]> {
  const db = storeToName(context)
  return (await begunImports(context.databasePath)).map((begun) => {
    const { id, at, sources, reading } = begun
    const next = nextCommand('faircopy import SOURCE', { source: sources, reading, db })
    return { id, at, sources, state: stateOf(begun), host: begun.process.host, pid: begun.process.pid, next }
  })
}

async function begunImports(databasePath: string): Promise<BegunImport[]> {
  const [folder, prefix] = [dirname(databasePath), `${basename(databasePath)}.import-`]
  const found: BegunImport[] = []
  for (const name of (await readdir(folder)).filter(
    (one) => one.startsWith(prefix) && one.endsWith('.json'),
  )) {
    const text = await readFile(join(folder, name), 'utf8').catch(ignoreAbsent)
    const begun = text === undefined ? null : parsed(text)
    if (begun?.id === name.slice(prefix.length, -'.json'.length)) found.push(begun)
  }
  return found.sort((a, b) => a.at - b.at)
}

function parsed(text: string): BegunImport | null {
  try {
    const { id, at, sources, reading, process } = JSON.parse(text) as BegunImport
    const isOne = typeof at === 'number' && Array.isArray(sources) && typeof process.pid === 'number'
    return isOne ? { id, at, sources, reading, process } : null
  } catch {
    return null
  }
}

function noteOf(databasePath: string, id: string): string {
  return `${databasePath}.import-${id}.json`
}

function stateOf({ process: { host, pid, started } }: BegunImport): OpenImport['state'] {
  if (host !== hostname()) return 'unknown'
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return 'unfinished'
  }
  return startOf(pid) === started ? 'running' : 'unfinished'
}

function ownProcess(): BegunImport['process'] {
  return { host: hostname(), pid: process.pid, started: startOf(process.pid) }
}

/** When a process started, for this boot, where the system tells it: a number is used again by another process. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const isDead = fields[0] === 'Z' || fields[0] === 'X'
    return isDead ? 'dead' : `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${fields[19]}`
  } catch {
    return ''
  }
}

function ignoreAbsent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
  return undefined
}
