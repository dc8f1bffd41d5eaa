import { constants } from 'node:fs'
import { lstat, open, readdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { isHermesHome } from '@faircopy/legacy-hermes'
import { openJsonlSource } from '@faircopy/legacy-jsonl'
import { plural } from '../text/plural.ts'
import { shortPath } from '../text/short-path.ts'
import { agentOfFile, agentOfHome } from './agent-files.ts'

/** What lies at, below and above a path where no transcript was found. */
export interface FoundInstead {
  /** Homes, and folders of transcripts, that are read when they are named, the nearest first; each with a clause. */
  readonly folders: readonly { readonly path: string; readonly told: string }[]
  /** What else there is, one clause each. */
  readonly told: readonly string[]
}

/** So deep, and so many folders, are looked into: enough for the homes of a volume, and over at once. */
const DEPTH = 6
const FOLDERS = 2000
const ENOUGH = 10
const STEPS_UP = 3

/**
 * Looks for what a person may have meant. Only reads, follows no links, and never fails.
 *
 * @param format what the path itself was read as: only as something else it may be right. `jsonl` is what `auto` found
 */
export async function lookAround(path: string, format: string): Promise<FoundInstead> {
  const folders: string[] = []
  const agents: string[] = []
  if (format !== 'auto' && format !== 'jsonl' && (await holdsTranscripts(path))) folders.push(path)
  for await (const file of filesBelow(path, folders)) {
    const agent = agentOfFile(file)
    if (agent !== null) agents.push(agent)
  }
  const above = await folderAbove(path)
  if (above !== null) folders.push(above)
  return {
    folders: await Promise.all(folders.map(async (found) => ({ path: found, told: await placeTold(found) }))),
    told: [
      ...(await databaseTold(path)),
      ...agentsTold(agents, agentOfHome(basename(path))),
      ...(folders.length < ENOUGH ? [] : ['more may lie there']),
    ],
  }
}

/**
 * Problems, or findings, of a source: where one says that it tells no session, it says what lies there instead. There is one
 * `no-transcript` for each folder that can be named, which is its path, or one where none was found.
 */
export async function sayingWhatLies<
  P extends { readonly code: string; readonly path?: string; readonly detail: string },
>(source: { readonly path: string; readonly format: string }, problems: readonly P[]): Promise<readonly P[]> {
  const codes = problems.map(({ code }) => code)
  if (!codes.includes('no-transcript') && !codes.includes('source-gone')) return problems
  const { folders, told } = await lookAround(source.path, source.format)
  const [first, ...others] = folders
  return problems.flatMap((problem) => {
    if (problem.code === 'source-gone') {
      const clauses = [problem.detail, ...told, ...folders.map((folder) => folder.told)]
      return [{ ...problem, detail: clauses.join('; ') }]
    }
    if (problem.code !== 'no-transcript') return [problem]
    const clauses = [...told, ...(first ? [first.told] : [])]
    return [
      { ...problem, path: first?.path ?? source.path, detail: clauses.join('; ') || problem.detail },
      ...others.map((folder) => ({ ...problem, path: folder.path, detail: folder.told })),
    ]
  })
}

/** Goes through what lies below, the nearest first. A folder that is read when it is named is found, and not gone into. */
async function* filesBelow(path: string, found: string[]): AsyncGenerator<string> {
  if ((await lstat(path).catch(() => null))?.isFile()) yield path
  let level = [path]
  let left = FOLDERS
  for (let depth = 0; depth <= DEPTH; depth++) {
    const next: string[] = []
    for (const folder of level.slice(0, left)) {
      left--
      const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
      const names = entries.map(({ name }) => name)
      if (folder !== path && found.length < ENOUGH && (await isRead(folder, names))) {
        found.push(folder)
        continue
      }
      for (const entry of entries) {
        if (entry.isDirectory()) next.push(join(folder, entry.name))
        else yield join(folder, entry.name)
      }
    }
    level = next.sort()
  }
}

async function isRead(folder: string, names: readonly string[]): Promise<boolean> {
  const mayBeHome = ['state.db', 'sessions', 'profiles'].some((name) => names.includes(name))
  if (mayBeHome && (await isHermesHome(folder))) return true
  return names.some((name) => name.endsWith('.jsonl')) && (await holdsTranscripts(folder))
}

/** The home that a path lies in, or the folder of transcripts that it lies directly in. */
async function folderAbove(path: string): Promise<string | null> {
  let folder = path
  for (let step = 1; step <= STEPS_UP && dirname(folder) !== folder; step++) {
    folder = dirname(folder)
    if (await isHermesHome(folder)) return folder
    // The transcripts of a home are read with its database and index.
    const isPart = basename(folder) === 'sessions' && (await isHermesHome(dirname(folder)))
    if (step === 1 && !isPart && (await holdsTranscripts(folder))) return folder
  }
  return null
}

async function holdsTranscripts(folder: string): Promise<boolean> {
  try {
    const source = await openJsonlSource(folder)
    for await (const { file } of source.sessions()) if (file && (await lstat(file.path)).size > 0) return true
  } catch {
    // It may not be read: then it is not what was meant.
  }
  return false
}

/** Of a home that has nothing but transcripts, where they lie. What a database holds is not looked into. */
async function placeTold(folder: string): Promise<string> {
  const names = await readdir(folder).catch((): string[] => [])
  if (names.includes('state.db')) return `a Hermes home lies in ${shortPath(folder)}`
  const sessions = join(folder, 'sessions')
  if (names.some((name) => name.endsWith('.jsonl'))) return `transcripts lie in ${shortPath(folder)}`
  if (names.includes('sessions') && (await holdsTranscripts(sessions)))
    return `transcripts lie in ${shortPath(sessions)}`
  return (await isHermesHome(folder))
    ? `a Hermes home lies in ${shortPath(folder)}`
    : `transcripts lie in ${shortPath(folder)}`
}

async function databaseTold(path: string): Promise<string[]> {
  if (!(await beginningOf(path)).startsWith('SQLite format 3\0')) return []
  return basename(path) === 'state.db'
    ? ['it is the database of a Hermes home, which is read by the folder it lies in']
    : ['it is a SQLite database; one of Hermes is read by the folder it lies in, named state.db']
}

async function beginningOf(path: string): Promise<string> {
  if (!(await lstat(path).catch(() => null))?.isFile()) return ''
  try {
    const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(16), 0, 16, 0)
      return buffer.toString('latin1', 0, bytesRead)
    } finally {
      await file.close()
    }
  } catch {
    return ''
  }
}

function agentsTold(agents: readonly string[], home: string | null): string[] {
  if (agents.length === 0)
    return home === null ? [] : [`it is named as a home of ${home} is, which is not read yet`]
  return [...new Set(agents)].map((agent) => {
    const count = agents.filter((one) => one === agent).length
    return `${plural(count, 'file')} there ${count === 1 ? 'is' : 'are'} named as those of ${agent} are, which is not read yet`
  })
}
