import { constants } from 'node:buffer'
import { createHash } from 'node:crypto'
import { type FileHandle, lstat } from 'node:fs/promises'
import type { JsonObject, RecordLimits } from '@faircopy/store-core'
import { DEFAULT_RECORD_LIMITS } from '@faircopy/store-core/backend'
import { METADATA_LINE, type QuarantinedLine } from '@faircopy/store-core/operator'
import type { DecodedLine, FormatAdapter } from '../formats/format-adapter.ts'
import { type FileIdentity, fileIdentity, isSameFile } from '../lines/file-identity.ts'
import { errnoOf, openRegularFile } from '../lines/open-regular-file.ts'
import { type ParsedLine, parseLine } from '../lines/parse-line.ts'
import { readChunks } from '../lines/read-chunks.ts'
import { readLines, type SourceLine } from '../lines/read-lines.ts'
import { severalRecords } from '../lines/several-records.ts'
import { LazyTraitsEntry } from './lazy-traits-entry.ts'
import type { LegacyWitness, WitnessItem, WitnessReading } from './legacy-source.ts'
import type { SourceProblemCode } from './source-codes.ts'
import { SourceChanged, SourceUnreadable } from './source-error.ts'
import { witnessReading } from './witness-reading.ts'

/** A file and how to read it. */
export interface FileWitnessOptions {
  readonly path: string
  readonly adapter: FormatAdapter
  /** What a record may measure; a line over it is quarantined. Default: what a store takes. */
  readonly limits?: RecordLimits
}

/**
 * One JSONL file as a witness. It is opened read-only, never through a symbolic link, and never if it is a FIFO or a
 * device. Each pass takes the file's SHA-256 and fails with `SourceChanged` if size, times or identity moved
 * meanwhile. Memory: a chunk of 256 KiB and one line.
 */
export function fileWitness(options: FileWitnessOptions): LegacyWitness {
  return new FileWitness(options)
}

class FileWitness implements LegacyWitness {
  readonly kind = 'file'
  readonly path: string
  readonly codec: string
  readonly timeZone?: string
  readonly #adapter: FormatAdapter
  readonly #limits: RecordLimits
  #lastRead: FileIdentity | null = null

  constructor({ path, adapter, limits = DEFAULT_RECORD_LIMITS }: FileWitnessOptions) {
    this.path = path
    this.codec = adapter.codec.name
    if (adapter.timeZone !== undefined) this.timeZone = adapter.timeZone
    this.#adapter = adapter
    this.#limits = { ...limits, maxBytes: Math.min(limits.maxBytes, constants.MAX_STRING_LENGTH) }
  }

  read(): WitnessReading {
    return witnessReading((digested) => this.#items(digested))
  }

  async unchanged(): Promise<boolean> {
    const now = await this.#identityNow()
    return this.#lastRead !== null && now !== null && isSameFile(this.#lastRead, now)
  }

  async prefixDigest(bytes: number): Promise<string | null> {
    const { file, not } = await openRegularFile(this.path)
    if (not) throw new SourceUnreadable(this.path, not.what, not.cause)
    try {
      const sha256 = createHash('sha256')
      let left = bytes
      for await (const chunk of this.#chunks(file, bytes)) {
        sha256.update(chunk.subarray(0, left))
        left -= Math.min(left, chunk.length)
        if (left === 0) break
      }
      return left === 0 ? sha256.digest('hex') : null
    } finally {
      await file.close()
    }
  }

  async *#items(
    digested: (sha256: string, bytes: number) => void,
  ): AsyncGenerator<WitnessItem, void, undefined> {
    const sha256 = createHash('sha256')
    const { file, stats, not } = await openRegularFile(this.path)
    if (not) throw new SourceUnreadable(this.path, not.what, not.cause)
    try {
      const before = fileIdentity(stats)
      let bytesRead = 0n
      const hashed = async function* (chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
        for await (const chunk of chunks) {
          sha256.update(chunk)
          bytesRead += BigInt(chunk.length)
          yield chunk
          // What came behind that is seen by the look at the file below, without another read.
          if (bytesRead === before.size) return
        }
      }
      for await (const lines of readLines(
        hashed(this.#chunks(file, Number(before.size))),
        this.#limits.maxBytes,
      )) {
        for (const line of lines) {
          for (const item of this.#itemsOf(line)) yield item
        }
      }
      const now = await this.#identityNow()
      // Looks again: whether the file was written to or replaced during the pass.
      if (bytesRead !== before.size || now === null || !isSameFile(before, now)) {
        throw new SourceChanged(this.path)
      }
      this.#lastRead = before
      digested(sha256.digest('hex'), Number(bytesRead))
    } finally {
      await file.close()
    }
  }

  async *#chunks(file: FileHandle, size: number): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      yield* readChunks(file, size)
    } catch (cause) {
      throw new SourceUnreadable(this.path, `reading it failed with ${errnoOf(cause)}`, cause)
    }
  }

  async #identityNow(): Promise<FileIdentity | null> {
    try {
      return fileIdentity(await lstat(this.path, { bigint: true }))
    } catch {
      return null
    }
  }

  *#itemsOf(line: SourceLine): Generator<WitnessItem, void, undefined> {
    if (line.line === 1 && line.offset > 0) {
      yield this.#remark('byte-order-mark', line, 'a byte order mark, skipped')
    }
    const parsed = parseLine(line, this.#limits)
    const parts = parsed.as === 'fault' ? severalRecords(line) : null
    if (!parts) {
      yield* this.#itemsOfPart(line, parsed)
      return
    }
    yield this.#remark('several-records', line, 'a line end is missing between records; each was read')
    for (const part of parts) yield* this.#itemsOfPart(part, parseLine(part, this.#limits))
  }

  /** A line is a part of itself. */
  *#itemsOfPart(line: SourceLine, parsed: ParsedLine): Generator<WitnessItem, void, undefined> {
    if (parsed.as === 'blank') {
      yield { as: 'blank' }
    } else if (parsed.as === 'fault') {
      yield quarantined(parsed.fault, line)
    } else {
      if (parsed.duplicateMember) {
        yield this.#remark('duplicate-member', line, 'a member name stands twice; the last one was read')
      }
      const decoded = this.#adapter.decode({ record: parsed.record, line: line.line, text: parsed.text })
      yield this.#itemOf(decoded, line, parsed)
    }
  }

  #itemOf(
    decoded: DecodedLine,
    line: SourceLine,
    { text, record }: { readonly text: string; readonly record: JsonObject },
  ): WitnessItem {
    if (decoded.as === 'metadata') return { ...decoded, line: keptLine(METADATA_LINE, line) }
    if (decoded.as === 'not-understood') return quarantined('not-understood', line, decoded.detail)
    const { kind, at = null, stamp = at } = decoded
    const { codec } = this.#adapter
    const place = { line: line.line, offset: line.offset }
    const entry = { kind, record: text, at, stamp, withdrawn: false, place }
    return { as: 'entry', entry: new LazyTraitsEntry(entry, record, codec) }
  }

  #remark(code: SourceProblemCode, { line, offset }: SourceLine, detail: string): WitnessItem {
    return { as: 'remark', problem: { code, path: this.path, line, offset, detail } }
  }
}

function quarantined(reason: SourceProblemCode, line: SourceLine, detail?: string): WitnessItem {
  return {
    as: 'quarantined',
    line: keptLine(reason, line),
    ...(detail === undefined ? {} : { detail }),
  }
}

function keptLine<R extends string>(
  reason: R,
  { line, offset, length, bytes }: SourceLine,
): QuarantinedLine & { readonly reason: R } {
  return { reason, line, offset, length, bytes: bytes && new Uint8Array(bytes) }
}
