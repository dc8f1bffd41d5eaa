import { codecNamed } from '@faircopy/store-core'
import type { Context } from '../context/context.ts'
import { writeLines } from '../files/text-sink.ts'
import { UsageError } from '../process/cli-error.ts'
import { ExitCode } from '../process/exit-code.ts'
import { entryJson } from '../reports/entry-json.ts'
import { writeHistory } from '../reports/write-history.ts'
import { storedSession } from '../store/find-session.ts'
import { withReader } from '../store/open-store.ts'
import { projectedEntries } from '../store/projected-entries.ts'
import { entryText } from '../text/entry-text.ts'
import { originText } from '../text/origin-text.ts'
import { plural } from '../text/plural.ts'
import { sessionName } from '../text/session-name.ts'
import type { WitnessView } from './show-witness.ts'

/** Options of `faircopy show`. */
export interface ShowOptions extends WitnessView {
  readonly witness: 'store' | 'database' | 'file'
  readonly from?: string
  readonly history?: boolean
}

/** `faircopy show SESSION`: reads a session, in the store or in a legacy source. */
export async function runShow(
  context: Context,
  args: readonly string[],
  options: ShowOptions,
): Promise<ExitCode> {
  const id = args[0] ?? ''
  const { witness } = options
  if (options.history) return showPast(context, id, options)
  if (witness === 'store') {
    if (options.from !== undefined)
      throw new UsageError('--from goes with --witness database or --witness file.')
    return showStored(context, id, options)
  }
  if (options.from === undefined) throw new UsageError(`--witness ${witness} needs --from SOURCE.`)
  if (options.projection === 'model') throw new UsageError('--projection model is made of the store alone.')
  const { showWitness } = await import('./show-witness.ts')
  return showWitness(context, id, options, witness, options.from)
}

async function showStored(context: Context, id: string, options: ShowOptions): Promise<ExitCode> {
  const { out, ink, json, namespace } = context
  return withReader(context, async (store) => {
    const session = await storedSession(store, id, namespace)
    const codec = codecNamed(session.codec)
    if (!json) {
      const facts = [originText(session.origin), plural(session.entryCount, 'entry', 'entries')]
      await writeLines(out, [
        [ink.bold(sessionName(session)), ...(session.title === null ? [] : [ink.plain(session.title)])].join(
          '  ',
        ),
        ink.dim(facts.filter((fact) => fact !== '').join(', ')),
      ])
    }
    const request = { projection: options.projection, codec, tail: options.tail }
    for await (const { entry, view } of projectedEntries(store, session, request)) {
      if (out.closed) break
      context.signal.throwIfAborted()
      if (json) await out.write(`${entryJson(entry, { session, role: view.role, stored: true })}\n`)
      else await writeLines(out, ['', ...entryText(entry, view, ink)])
    }
    return ExitCode.done
  })
}

async function showPast(context: Context, id: string, options: ShowOptions): Promise<ExitCode> {
  const { witness, from, projection, tail } = options
  if (witness !== 'store' || from !== undefined || projection !== 'audit' || tail !== undefined)
    throw new UsageError('--history is the whole past of the store: no other choice goes with it.')
  return withReader(context, async (store) => {
    await writeHistory(context, store, await storedSession(store, id, context.namespace))
    return ExitCode.done
  })
}
