// A process of its own on a store: a gateway with its legacy side, or an import that pauses within a session's bodies.
import {
  type LegacySession,
  type LegacySource,
  openJsonlSource,
  planImport,
  runImport,
  withLegacy,
} from '@faircopy/legacy-jsonl'
import { openSqliteStore } from '@faircopy/store-sqlite'
import type { LegacyAnswer, LegacyOrder } from './legacy-gateway.ts'

const [db = '', folder = '', pauses = ''] = process.argv.slice(2)
const goOn = Promise.withResolvers<void>()
const tell = (answer: LegacyAnswer): void => void process.send?.(answer)

const opened = await openJsonlSource(folder)
const source = pauses === '' ? opened : pausing(opened, pauses)
const inner = await openSqliteStore({ path: db })
const store = withLegacy(inner, source, { onEvent: (event) => tell({ event }) })

process.on('message', async (order: LegacyOrder) => {
  if ('goOn' in order) return goOn.resolve()
  const { call } = order
  try {
    tell({ call, result: await carryOut(order) })
  } catch (error) {
    tell({ call, error: (error as { code?: string }).code ?? String(error) })
  }
})
tell({ ready: true })

async function carryOut(order: Exclude<LegacyOrder, { goOn: true }>): Promise<unknown> {
  if ('append' in order) {
    const receipt = await store.append(
      order.session,
      order.append.map((record) => ({ record })),
    )
    return receipt.entries.map(({ seq }) => seq)
  }
  if ('import' in order) return (await runImport(await planImport(source, inner))).totals.byVerdict
  const records: string[] = []
  for await (const { record } of store.read(order.session)) records.push(record)
  return records
}

/** The source, whose file of one session stops in the middle of its second pass, where entries are being staged. */
function pausing(given: LegacySource, id: string): LegacySource {
  let passes = 0
  return {
    path: given.path,
    format: given.format,
    problems: given.problems,
    close: () => given.close(),
    async *sessions(): AsyncGenerator<LegacySession> {
      for await (const session of given.sessions()) {
        const { file } = session
        if (session.id !== id || !file) {
          yield session
          continue
        }
        const read: typeof file.read = () => {
          const reading = file.read()
          const pass = ++passes
          return {
            get digest() {
              return reading.digest
            },
            async *[Symbol.asyncIterator]() {
              let count = 0
              for await (const item of reading) {
                if (pass === 2 && ++count === 500) {
                  tell({ paused: true })
                  await goOn.promise
                }
                yield item
              }
            },
          }
        }
        const { kind, path, codec } = file
        yield { ...session, file: { kind, path, codec, read, unchanged: () => file.unchanged() } }
      }
    },
  }
}
