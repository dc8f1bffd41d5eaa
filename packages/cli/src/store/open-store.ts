import { lstat } from 'node:fs/promises'
import { openSqliteStore, type SqliteStore } from '@faircopy/store-sqlite'
import type { Context } from '../context/context.ts'
import { CliError } from '../process/cli-error.ts'
import { ExitCode } from '../process/exit-code.ts'

/** Opens the store for reading; one that does not exist is a failure, not an empty listing. */
export async function withReader<T>(context: Context, work: (store: SqliteStore) => Promise<T>): Promise<T> {
  await refuseAbsent(context)
  return withStore(context, await openSqliteStore({ path: context.databasePath, readOnly: true }), work)
}

/** As {@link withReader}, but a store that does not exist yet is null, and stays absent. */
export async function withReaderOrNull<T>(
  context: Context,
  work: (store: SqliteStore | null) => Promise<T>,
): Promise<T> {
  return (await storeExists(context)) ? withReader(context, work) : work(null)
}

/** Opens the store for writing, and makes it, for its owner only, where it does not exist. */
export async function withWriter<T>(context: Context, work: (store: SqliteStore) => Promise<T>): Promise<T> {
  return withStore(context, await openSqliteStore({ path: context.databasePath }), work)
}

/** As {@link withWriter}, but a store that does not exist is a failure. */
export async function withExisting<T>(
  context: Context,
  work: (store: SqliteStore) => Promise<T>,
): Promise<T> {
  await refuseAbsent(context)
  return withStore(context, await openSqliteStore({ path: context.databasePath, mustExist: true }), work)
}

/**
 * Opens the store for asking it a question: for writing, so that its search index can be kept beside it, or for reading
 * where nothing can be written.
 */
export async function withSearcher<T>(
  context: Context,
  work: (store: SqliteStore) => Promise<T>,
): Promise<T> {
  await refuseAbsent(context)
  const path = context.databasePath
  const store = await openSqliteStore({ path, mustExist: true }).catch(() => null)
  return withStore(context, store ?? (await openSqliteStore({ path, readOnly: true })), work)
}

async function refuseAbsent(context: Context): Promise<void> {
  if (await storeExists(context)) return
  throw new CliError('NO_STORE', `There is no store at ${context.databasePath}.`, {
    exitCode: ExitCode.configuration,
    advice: 'Import something first (faircopy import SOURCE), or name another file with --db.',
  })
}

/** A signal closes the store under whatever works with it, which then ends at its next call, as if it had been asked. */
async function withStore<T>(
  { signal }: Context,
  store: SqliteStore,
  work: (store: SqliteStore) => Promise<T>,
): Promise<T> {
  const stop = (): void => void store.close().catch(() => {})
  signal.addEventListener('abort', stop)
  try {
    signal.throwIfAborted()
    return await work(store)
  } finally {
    signal.removeEventListener('abort', stop)
    await store.close()
  }
}

/** Whether anything has the store's name, as far as can be seen; why it cannot, the store says when it is opened. */
export async function storeExists({ databasePath }: Context): Promise<boolean> {
  return lstat(databasePath).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code !== 'ENOENT',
  )
}
