import { memoryOf, notesOf } from '@faircopy/legacy-jsonl'
import { DEFAULT_NAMESPACE, type Session, type SessionAddress, StoreError } from '@faircopy/store-core'
import { sessionLabel } from '@faircopy/store-core/backend'
import { isAwaiting, type LedgerRecord, type TranscriptImporter } from '@faircopy/store-core/operator'
import type { Context } from '../context/context.ts'
import { commandOptions, nextCommand, storeToName } from '../context/next-command.ts'
import { writeLines } from '../files/text-sink.ts'
import { CliError, UsageError } from '../process/cli-error.ts'
import { ExitCode } from '../process/exit-code.ts'
import { storedSession } from '../store/find-session.ts'
import { withExisting, withReader } from '../store/open-store.ts'
import { plural } from '../text/plural.ts'
import { sessionName } from '../text/session-name.ts'

/** Options of `faircopy delete`. */
export interface DeleteOptions {
  readonly yes?: boolean
  readonly undo?: boolean
}

/** `faircopy delete SESSION`: takes a session out of the store; nothing brings it back but `--undo`. */
export async function runDelete(
  context: Context,
  args: readonly string[],
  { yes = false, undo = false }: DeleteOptions,
): Promise<ExitCode> {
  const id = args[0] ?? ''
  if (yes && undo) throw new UsageError('--undo brings a session back and takes no --yes.')
  if (undo) return bringBack(context, id)
  if (yes && (await wasDeleted(context, id))) return ExitCode.done
  const open = yes ? withExisting : withReader
  const [session, children, awaits] = await open(context, async (store) => {
    const found = await storedSession(store, id, context.namespace)
    let forks = 0
    for await (const child of store.sessions({ parent: addressOf(found) }))
      forks += Number(child.parent?.why === 'fork')
    // Looks again: whether the session was written to since it was shown.
    if (yes) await store.delete(found, { expectedRevision: found.revision })
    return [found, forks, await awaitsImport(store, found)] as const
  })
  const { out, json } = context
  if (json) await writeLines(out, [deletionJson(session, !yes, awaits)])
  else await writeLines(out, deletionLines(context, session, { forks: children, awaits }, yes))
  return ExitCode.done
}

/** Deleting again does nothing, and is no failure: whoever does not know whether it was done may do it again. */
async function wasDeleted(context: Context, id: string): Promise<boolean> {
  const { out, json, ink, namespace = DEFAULT_NAMESPACE } = context
  const address = { namespace, id }
  const was = await withExisting(context, async (store) => {
    if (await store.get(address)) return false
    return store.delete(address).then(
      () => true,
      (error: unknown) => {
        if (StoreError.is(error) && error.code === 'NO_SESSION') return false
        throw error
      },
    )
  })
  if (!was) return false
  const document = { dryRun: false, ...address, already: true }
  await writeLines(
    out,
    json
      ? [JSON.stringify(document, null, 2)]
      : [`${ink.bold(sessionName(address))}  was deleted before; nothing was written.`],
  )
  return true
}

async function bringBack(context: Context, id: string): Promise<ExitCode> {
  const { out, json, ink, namespace } = context
  const [session, awaits] = await withExisting(context, async (store) => {
    const address = { namespace: namespace ?? DEFAULT_NAMESPACE, id }
    try {
      const back = await store.undelete(address)
      return [back, await awaitsImport(store, back)] as const
    } catch (error) {
      if (!StoreError.is(error) || error.code !== 'SESSION_DELETED') throw error
      throw await goneForGood(context, address, store)
    }
  })
  if (json) await writeLines(out, [deletionJson(session, false, awaits)])
  else {
    const entries = plural(session.entryCount, 'entry', 'entries')
    await writeLines(out, [`${ink.bold(sessionName(session))}  ${entries}, ${ink.green('is there again')}`])
  }
  return ExitCode.done
}

/** Nothing is left of the session: what its source still has goes into another store. */
async function goneForGood(
  context: Context,
  address: Required<SessionAddress>,
  store: TranscriptImporter,
): Promise<CliError> {
  let source: string | undefined
  for (const note of await notesOf(store, address)) {
    const path = memoryOf(note).source?.['path']
    if (typeof path === 'string') source = path
  }
  const command = nextCommand('faircopy import SOURCE --db NEW', { ...commandOptions(context), source })
  return new CliError(
    'SESSION_DELETED',
    `Nothing is left of session ${sessionLabel(address)}: it was pruned, or deleted too long ago.`,
    { advice: `If its source still has it, only a new store takes it in: ${command}` },
  )
}

/** Whether something of a session is not imported yet, so that no prune takes it. */
async function awaitsImport(store: TranscriptImporter, session: Session): Promise<boolean> {
  let last: LedgerRecord | null = null
  for await (const note of store.ledger({ session })) last = note
  return last !== null && isAwaiting(last)
}

function addressOf({ namespace, id }: Session): Required<SessionAddress> {
  return { namespace, id }
}

function deletionJson(
  { namespace, id, entryCount, head }: Session,
  dryRun: boolean,
  awaitsImport: boolean,
): string {
  const document = { dryRun, namespace, id, entries: entryCount, head }
  return JSON.stringify({ ...document, ...(awaitsImport ? { awaitsImport } : {}) }, null, 2)
}

/** What else there is to say of a session that goes. */
interface Besides {
  readonly forks: number
  /** Whether something of it is not imported yet. */
  readonly awaits: boolean
}

function deletionLines(
  context: Context,
  session: Session,
  { forks, awaits }: Besides,
  isDone: boolean,
): string[] {
  const { ink } = context
  const what = `${ink.bold(sessionName(session))}  ${plural(session.entryCount, 'entry', 'entries')}`
  const kept = [
    ...(forks > 0
      ? [
          ink.dim(
            `  ${plural(forks, 'fork')} of it ${forks === 1 ? 'keeps what it says' : 'keep what they say'}.`,
          ),
        ]
      : []),
    ...(awaits
      ? [
          ink.yellow(
            '  Not all of it was imported: the rest is in its source alone, and no import brings it now.',
          ),
        ]
      : []),
  ]
  const words = { session, db: storeToName(context) }
  if (isDone)
    return [
      `Deleted ${what}`,
      ...kept,
      ink.dim('  For 30 days this brings it back:'),
      `    ${ink.cyan(nextCommand('faircopy delete SESSION --undo', words))}`,
    ]
  return [
    `A dry run: ${what} would be deleted. Nothing was written.`,
    ...kept,
    `  To do it: ${ink.cyan(nextCommand('faircopy delete SESSION --yes', words))}`,
  ]
}
