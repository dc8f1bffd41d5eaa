import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ConformanceSubject, NEEDS, type ToldEntries } from '@faircopy/conformance'
import {
  type FormatAdapter,
  type LegacySession,
  type LegacySource,
  openJsonlSource,
  openLegacyReader,
} from '@faircopy/legacy-jsonl'
import { isJsonObject, type JsonObject, type NewSession, openaiChat } from '@faircopy/store-core'

/** A header with the facts of the session, then one message a line. */
const headed: FormatAdapter = {
  name: 'headed',
  codec: openaiChat,
  recognises: ([header]) => header?.['header'] === true,
  decode: ({ record, line }) =>
    line === 1
      ? { as: 'metadata', about: (isJsonObject(record['about']) ? record['about'] : {}) as NewSession }
      : { as: 'entry', kind: 'message' },
}

/** The reader over folders of JSONL files, one for each namespace, held to what the contract says of reading. */
export function readerSubject(made: (folder: string) => void): ConformanceSubject {
  const READS: readonly string[] = ['read', 'told', 'clock']
  return {
    name: 'the reader of a JSONL folder',
    newPlace: () => {
      const folder = mkdtempSync(join(tmpdir(), 'faircopy-reader-'))
      made(folder)
      return folder
    },
    open: async (place) => openLegacyReader(await foldersSource(place)),
    tell: tellFolder,
    declines: Object.fromEntries(
      NEEDS.filter((need) => !READS.includes(need)).map((need) => [need, 'a legacy source is only read']),
    ),
  }
}

function tellFolder(place: string, { session, about, records, at }: ToldEntries): void {
  const folder = join(place, encodeURIComponent(session.namespace))
  mkdirSync(folder, { recursive: true })
  const path = join(folder, `${session.id}.jsonl`)
  if (about) writeFileSync(path, `${JSON.stringify({ header: true, about } satisfies JsonObject | object)}\n`)
  appendFileSync(path, records.map((record) => `${record}\n`).join(''))
  utimesSync(path, at / 1000, at / 1000)
  // Which namespaces there are is asked of the folder that lists them.
  const list = join(place, 'namespaces')
  const known = existsSync(list) ? readFileSync(list, 'utf8').split('\n') : []
  writeFileSync(list, [...new Set([...known, session.namespace])].join('\n'))
}

async function foldersSource(place: string): Promise<LegacySource> {
  return {
    path: place,
    format: 'headed',
    problems: [],
    async *sessions(): AsyncGenerator<LegacySession> {
      const list = join(place, 'namespaces')
      for (const namespace of existsSync(list) ? readFileSync(list, 'utf8').split('\n') : []) {
        const folder = join(place, encodeURIComponent(namespace))
        const source = await openJsonlSource(folder, { adapter: headed, namespace })
        yield* source.sessions()
      }
    },
    async close() {},
  }
}
