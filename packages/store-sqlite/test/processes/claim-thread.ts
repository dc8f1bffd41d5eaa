// A thread that claims session "s" of the store it is given, says whether it has it, and closes its store when told to.
import { once } from 'node:events'
import { parentPort, workerData } from 'node:worker_threads'
import { openSqliteStore } from '@faircopy/store-sqlite'

const store = await openSqliteStore({ path: workerData as string })
parentPort?.postMessage('claim' in (await store.claimImport('s')))
if (parentPort) await once(parentPort, 'message')
await store.close()
parentPort?.postMessage('closed')
