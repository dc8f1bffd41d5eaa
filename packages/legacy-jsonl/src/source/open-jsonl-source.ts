import type { Dirent } from 'node:fs'
import { lstat, readdir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import {
  DEFAULT_NAMESPACE,
  type JsonObject,
  type RecordLimits,
  type SessionAddress,
} from '@faircopy/store-core'
import { DEFAULT_RECORD_LIMITS } from '@faircopy/store-core/backend'
import type { FormatAdapter } from '../formats/format-adapter.ts'
import { jsonlAdapters } from '../formats/jsonl-adapters.ts'
import { type BegunFile, canRead, formatOf, formatOfKnown, refusalOf } from '../formats/recognise-format.ts'
import { isUsableName } from '../formats/usable-name.ts'
import { errnoOf, openRegularFile } from '../lines/open-regular-file.ts'
import { readBeginning } from '../lines/read-beginning.ts'
import { BESIDE_KINDS, type BesideKind, besideKind } from './beside-kinds.ts'
import { fileWitness } from './file-witness.ts'
import type { LegacySession, LegacySource } from './legacy-source.ts'
import type { SourceProblemCode } from './source-codes.ts'
import { SourceUnreadable } from './source-error.ts'
import type { SourceProblem } from './source-problem.ts'

/** How a source is read. */
export interface JsonlSourceOptions {
  /** The format, where it is known. Every file is then read with it, if its lines fit (see `FormatAdapter.fits`). */
  readonly adapter?: FormatAdapter
  /**
   * Adapters to choose from, each file's the first that recognises it. Default: {@link jsonlAdapters}. To add one of
   * your own: `[mine, ...jsonlAdapters()]`.
   */
  readonly adapters?: readonly FormatAdapter[]
  /** Of the sessions. Defaults to the store's default one. */
  readonly namespace?: string
  /** What a record may measure; a line over it is quarantined. Default: what a store takes. */
  readonly limits?: RecordLimits
  /** For the built-in adapters: the zone of stamps that name none. */
  readonly timeZone?: string
  /**
   * Whether a store was told a session by a file (see {@link wasToldByFile}). The file is then read though its beginning is
   * damaged: it is known that it was a transcript. It is asked only of a file that would be refused.
   */
  readonly isKnown?: (session: Required<SessionAddress>) => Promise<boolean>
}

/**
 * Opens a JSONL file, or a folder of such files, as a source of sessions. A session's id is what its records say, where
 * the format has that; else its file's name without `.jsonl`, unless the adapter says otherwise. Several files that come
 * to one id are given one after the other, as sessions of that id.
 *
 * Of a folder, the files named `*.jsonl` that lie directly in it are read, in the order of their ids, byte for byte.
 * Everything else in it, files of other names, folders, snapshots, drafts, is listed as `ignored`, by its kind. What cannot be
 * read or recognised is a problem, and the others go on. Symbolic links are not followed, save that `path` itself may
 * lead to a folder by one. A file named by `path` is read whatever its name.
 *
 * Fails with `SourceUnreadable` if there is nothing at `path`, or a folder that cannot be listed.
 *
 * @example
 * ```ts
 * import { openJsonlSource } from '@faircopy/legacy-jsonl'
 *
 * const source = await openJsonlSource('sessions', { timeZone: 'Europe/Berlin' })
 * for await (const session of source.sessions()) console.log(session.id)
 * for (const problem of source.problems) console.log(problem.code, problem.path)
 * await source.close()
 * ```
 */
export async function openJsonlSource(path: string, options: JsonlSourceOptions = {}): Promise<LegacySource> {
  const adapters = options.adapters ?? jsonlAdapters(options)
  return new JsonlSource(path, await isFolder(path), { ...options, adapters })
}

async function isFolder(path: string): Promise<boolean> {
  try {
    const named = await lstat(path)
    if (!named.isSymbolicLink()) return named.isDirectory()
    return (await stat(path)).isDirectory()
  } catch (cause) {
    const errno = errnoOf(cause)
    throw new SourceUnreadable(
      path,
      errno === 'ENOENT' || errno === 'ENOTDIR' ? 'there is nothing' : `it failed with ${errno}`,
      cause,
    )
  }
}

/** A file that may be a transcript. */
interface Candidate {
  readonly path: string
  readonly name: string
}

class JsonlSource implements LegacySource {
  readonly path: string
  readonly #isFolder: boolean
  readonly #adapter: FormatAdapter | undefined
  readonly #adapters: readonly FormatAdapter[]
  readonly #namespace: string
  readonly #limits: RecordLimits
  readonly #isKnown: JsonlSourceOptions['isKnown']
  readonly #used = new Set<string>()
  #problems: SourceProblem[] = []

  constructor(
    path: string,
    isFolder: boolean,
    options: JsonlSourceOptions & { readonly adapters: readonly FormatAdapter[] },
  ) {
    this.path = path
    this.#isFolder = isFolder
    this.#adapter = options.adapter
    this.#adapters = options.adapters
    this.#namespace = options.namespace ?? DEFAULT_NAMESPACE
    this.#limits = options.limits ?? DEFAULT_RECORD_LIMITS
    this.#isKnown = options.isKnown
  }

  get format(): string {
    const [only, ...others] = this.#used
    return this.#adapter?.name ?? (only !== undefined && others.length === 0 ? only : 'jsonl')
  }

  get problems(): readonly SourceProblem[] {
    return this.#problems
  }

  async *sessions(): AsyncGenerator<LegacySession, void, undefined> {
    this.#problems = []
    this.#used.clear()
    for (const candidate of this.#isFolder ? await this.#list() : [this.#itself()]) {
      const session = await this.#session(candidate)
      if (session !== null) yield session
    }
  }

  async close(): Promise<void> {
    // Each pass opens its file and closes it again: nothing is held.
  }

  #itself(): Candidate {
    return { path: this.path, name: basename(this.path) }
  }

  async #list(): Promise<readonly Candidate[]> {
    let entries: readonly Dirent<Buffer>[]
    try {
      entries = await readdir(this.path, { encoding: 'buffer', withFileTypes: true })
    } catch (cause) {
      throw new SourceUnreadable(this.path, `listing it failed with ${errnoOf(cause)}`, cause)
    }
    const candidates: Candidate[] = []
    for (const entry of [...entries].sort((a, b) => byId(a.name, b.name))) {
      const { name: bytes } = entry
      const name = bytes.toString()
      const path = join(this.path, name)
      const kind = besideKind(name)
      // What has a snapshot's name is looked into by who reads those, and told as what it is.
      if (entry.isDirectory() && kind !== 'snapshot')
        this.#ignore('folder', path, 'a folder; folders in folders are not read')
      else if (kind !== null) this.#ignore(kind, path)
      else if (bytes.equals(Buffer.from(name))) candidates.push({ path, name })
      else this.#report('unusable-session-id', path, 'its name is not UTF-8')
    }
    return candidates
  }

  async #session({ path, name }: Candidate): Promise<LegacySession | null> {
    const read = await this.#adapterOf(path, name)
    if (read === null) return null
    const { adapter, beginning } = read
    const named = namedSession(adapter, name)
    const id = adapter.claimedId?.(beginning) ?? named
    if (id === null) {
      this.#ignore('other', path, `${adapter.name} keeps no session in files of this name`)
      return null
    }
    if (!isUsableName(id)) {
      this.#report('unusable-session-id', path, 'an id is 1 to 255 bytes of well-formed text without NUL')
      return null
    }
    if (named !== null && named !== id) {
      const detail = `its records are of session ${JSON.stringify(id)}, its name says ${JSON.stringify(named)}`
      this.#report('id-mismatch', path, detail)
    }
    this.#used.add(adapter.name)
    return {
      namespace: this.#namespace,
      id,
      about: { codec: adapter.codec.name },
      database: null,
      file: fileWitness({ path, adapter, limits: this.#limits }),
    }
  }

  async #adapterOf(
    path: string,
    name: string,
  ): Promise<{ readonly adapter: FormatAdapter; readonly beginning: readonly JsonObject[] } | null> {
    const { file, not } = await openRegularFile(path)
    if (not) {
      this.#report(not.code, path, not.what)
      return null
    }
    try {
      if (this.#adapter && !this.#adapter.claimedId && !this.#adapter.fits)
        return { adapter: this.#adapter, beginning: [] }
      const beginning = await readBeginning(file, this.#limits)
      const begun: BegunFile = { name, beginning }
      const named = this.#adapter
      const adapter =
        (named ? canRead(named, begun) && named : formatOf(begun, this.#adapters)) ||
        (await this.#known(begun))
      if (adapter) return { adapter, beginning: beginning.records }
      this.#refuse(path, begun)
      return null
    } catch (cause) {
      this.#report('unreadable-file', path, `reading it failed with ${errnoOf(cause)}`)
      return null
    } finally {
      await file.close()
    }
  }

  /** What reads a file that is refused for its damage, where it is known what it was. */
  async #known(begun: BegunFile): Promise<FormatAdapter | undefined> {
    const named = this.#adapter
    const adapter = formatOfKnown(begun, named ? [named] : this.#adapters, named !== undefined)
    if (!adapter || begun.beginning.lines === 0) return undefined
    const id = adapter.claimedId?.(begun.beginning.records) ?? namedSession(adapter, begun.name)
    if (id === null || !isUsableName(id)) return undefined
    return (await this.#isKnown?.({ namespace: this.#namespace, id })) ? adapter : undefined
  }

  #refuse(path: string, begun: BegunFile): void {
    const named = this.#adapter
    const other = named && formatOf(begun, this.#adapters)
    const { shape, lines } = begun.beginning
    if (shape === null && lines === 0) this.#ignore('empty', path, 'an empty file')
    else if (other) this.#report('other-format', path, `its lines are of ${other.name}, not of ${named.name}`)
    else this.#report('not-understood', path, refusalOf(begun, named ? [named] : this.#adapters))
  }

  #ignore(kind: BesideKind, path: string, detail: string = `a ${BESIDE_KINDS[kind].one}`): void {
    this.#problems.push({ code: 'ignored', kind, path, detail })
  }

  #report(code: SourceProblemCode, path: string, detail: string): void {
    this.#problems.push({ code, path, detail })
  }
}

/** The session that a file holds by its name; null if files of that name hold none. */
function namedSession({ sessionId }: FormatAdapter, name: string): string | null {
  return sessionId ? sessionId(name) : name.replace(/\.jsonl$/, '')
}

/** `a.jsonl` before `a-b.jsonl`, as `a` is before `a-b`. */
function byId(a: Buffer, b: Buffer): number {
  return Buffer.compare(stem(a), stem(b)) || Buffer.compare(a, b)
}

function stem(name: Buffer): Buffer {
  const suffix = name.lastIndexOf('.jsonl')
  return suffix > 0 && suffix === name.length - 6 ? name.subarray(0, suffix) : name
}
