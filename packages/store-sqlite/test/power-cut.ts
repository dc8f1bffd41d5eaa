import { basename } from 'node:path'
import { strace } from './strace.ts'

/** What a process did to one folder, and what it printed. Files are numbered: a name may be made again. */
export type Effect =
  | { readonly kind: 'create'; readonly name: string; readonly file: number }
  | { readonly kind: 'unlink'; readonly name: string }
  | { readonly kind: 'write'; readonly file: number; readonly at: number; readonly bytes: Buffer }
  | { readonly kind: 'truncate'; readonly file: number; readonly size: number }
  | { readonly kind: 'sync'; readonly file: number }
  | { readonly kind: 'sync-folder' }
  | { readonly kind: 'tell'; readonly text: string }

/** What is left of a folder when the power fails, and what had been printed by then. */
export interface PowerCut {
  readonly files: ReadonlyMap<string, Buffer>
  readonly told: string
}

/** The beginning of a command line that has strace write what {@link effectsIn} reads. */
export function tracing(trace: string): string[] {
  const calls = 'openat,pwrite64,write,writev,fsync,fdatasync,ftruncate,unlink,rename,link'
  return strace(calls, ['-y', '-xx', '-s', '70000'], trace)
}

const CALL = /^\d+ +(\w+)\((.*)\) += (\d+)/
const PATH_OF_HANDLE = /^\d+<([^>]*)>/
const STRINGS = /"((?:\\x[0-9a-f]{2})*)"/g
const SECTOR = 512

/** The effects in a trace, in order. `-shm` is left out: nothing of it has to outlive the power. */
export function effectsIn(trace: string, folder: string): Effect[] {
  const numbers = new Map<string, number>()
  const sizes = new Map<number, number>()
  let files = 0
  const grow = (file: number, at: number, length: number): void => {
    sizes.set(file, Math.max(sizes.get(file) ?? 0, at + length))
  }
  return wholeCalls(trace).flatMap((line): Effect[] => {
    const [, call, given = ''] = CALL.exec(line) ?? []
    if (call === undefined) return []
    const handle = bytesOf(PATH_OF_HANDLE.exec(given)?.[1] ?? '').toString()
    const [text = Buffer.alloc(0)] = [...given.matchAll(STRINGS)].map(([, hex = '']) => bytesOf(hex))
    if (call === 'write' && given.startsWith('1<')) return [{ kind: 'tell', text: text.toString() }]
    const path = call === 'openat' || call === 'unlink' ? text.toString() : handle
    if (call.endsWith('sync') && path === folder) return [{ kind: 'sync-folder' }]
    if (!path.startsWith(`${folder}/`) || path.endsWith('-shm')) return []
    if (call === 'rename' || call === 'link') throw new Error(`not modelled: ${call}`)
    const name = basename(path)
    const file = numbers.get(name)
    if (call === 'openat') {
      if (!given.includes('O_CREAT') || file !== undefined) return []
      numbers.set(name, ++files)
      return [{ kind: 'create', name, file: files }]
    }
    if (file === undefined) throw new Error(`${name} was there before`)
    const last = Number(/, (\d+)$/.exec(given)?.[1])
    switch (call) {
      case 'unlink':
        numbers.delete(name)
        return [{ kind: 'unlink', name }]
      case 'writev': {
        // Only zeroes are appended, and more than the trace shows of them.
        const bytes = Buffer.alloc(Number(/ = (\d+)$/.exec(line)?.[1]))
        const at = sizes.get(file) ?? 0
        grow(file, at, bytes.length)
        return [{ kind: 'write', file, at, bytes }]
      }
      case 'pwrite64':
        grow(file, last, text.length)
        return [{ kind: 'write', file, at: last, bytes: text }]
      case 'ftruncate':
        sizes.set(file, last)
        return [{ kind: 'truncate', file, size: last }]
      case 'fsync':
      case 'fdatasync':
        return [{ kind: 'sync', file }]
      default:
        throw new Error(`not modelled: ${call}`)
    }
  })
}

/**
 * The lines of a trace with the calls joined that strace split, since another thread made one meanwhile. A sync stands
 * where it began, any other where it ended: a write that was still under way when a sync began is not what it waited for.
 */
function wholeCalls(trace: string): string[] {
  const lines: (string | null)[] = trace.split('\n')
  const begun = new Map<string, number>()
  for (const [i, line] of lines.entries()) {
    const [, thread = '', rest = ''] = /^(\d+) +(.*)$/.exec(line ?? '') ?? []
    if (rest.endsWith(' <unfinished ...>')) begun.set(thread, i)
    const [, call, end] = /^<\.\.\. (\w+) resumed>(.*)$/.exec(rest) ?? []
    const from = begun.get(thread)
    if (/^\w+\(.* = \?$/.test(rest)) throw new Error(`a call has no end: ${rest.slice(0, 60)}`)
    if (call === undefined) continue
    if (from === undefined) throw new Error(`a call has no beginning: ${rest.slice(0, 60)}`)
    begun.delete(thread)
    const whole = `${lines[from]?.slice(0, -' <unfinished ...>'.length)}${end}`
    lines[from] = call.endsWith('sync') ? whole : null
    lines[i] = call.endsWith('sync') ? null : whole
  }
  const [lost] = begun.values()
  if (lost !== undefined) throw new Error(`a call has no end: ${lines[lost]?.slice(0, 60)}`)
  return lines.filter((line) => line !== null)
}

function bytesOf(text: string): Buffer {
  return text.startsWith('\\x') ? Buffer.from(text.replaceAll('\\x', ''), 'hex') : Buffer.from(text)
}

/**
 * The folder as the power may leave it after `effects`: a file has what was written before its last sync, and each later
 * write wholly, not at all, or some of its sectors; names made and removed since the folder's last sync are there in
 * their order, up to any one of them.
 *
 * @param chance - A number from 0 to below 1.
 */
export function afterPowerCut(effects: readonly Effect[], chance: () => number): PowerCut {
  const lastSync = new Map<number, number>()
  let lastFolderSync = -1
  effects.forEach((effect, i) => {
    if (effect.kind === 'sync') lastSync.set(effect.file, i)
    if (effect.kind === 'sync-folder') lastFolderSync = i
  })
  const names = new Map<string, number>()
  const contents = new Map<number, Content>()
  const lastName = lastFolderSync + chance() * (effects.length - lastFolderSync)
  let told = ''
  const contentOf = (file: number): Content => {
    const content = contents.get(file) ?? new Content()
    contents.set(file, content)
    return content
  }
  effects.forEach((effect, i) => {
    const isSafe = 'file' in effect && i < (lastSync.get(effect.file) ?? -1)
    switch (effect.kind) {
      case 'tell':
        told += effect.text
        break
      case 'create':
        if (i <= lastName) names.set(effect.name, effect.file)
        break
      case 'unlink':
        if (i <= lastName) names.delete(effect.name)
        break
      case 'truncate':
        if (isSafe || chance() < 0.5) contentOf(effect.file).truncate(effect.size)
        break
      case 'write': {
        const luck = isSafe ? 0 : chance()
        const content = contentOf(effect.file)
        if (luck < 0.4) content.write(effect.at, effect.bytes)
        else if (luck < 0.7) {
          for (let from = 0; from < effect.bytes.length; from += SECTOR) {
            if (chance() < 0.5) content.write(effect.at + from, effect.bytes.subarray(from, from + SECTOR))
          }
        }
      }
    }
  })
  const files = [...names].map(([name, file]): [string, Buffer] => [name, contentOf(file).bytes()])
  return { files: new Map(files), told }
}

/** The bytes of a file. */
class Content {
  #room = Buffer.alloc(1 << 16)
  #size = 0

  write(at: number, bytes: Buffer): void {
    this.truncate(Math.max(this.#size, at + bytes.length))
    bytes.copy(this.#room, at)
  }

  truncate(size: number): void {
    if (size < this.#size) this.#room.fill(0, size, this.#size)
    if (size > this.#room.length) this.#room = Buffer.concat([this.#room], 2 * size)
    this.#size = size
  }

  bytes(): Buffer {
    return this.#room.subarray(0, this.#size)
  }
}
