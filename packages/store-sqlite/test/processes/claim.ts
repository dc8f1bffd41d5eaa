// Claims session "s", tells what came of it, and stays. With "leave" it closes its store and goes.
import { once } from 'node:events'
import { writeSync } from 'node:fs'
import { openSqliteStore } from '@faircopy/store-sqlite'

const [path = '', leave] = process.argv.slice(2)

const store = await openSqliteStore({ path })
const claiming = await store.claimImport('s')
writeSync(1, `${JSON.stringify('heldBy' in claiming ? claiming : { claimed: true, pid: process.pid })}\n`)
if (!leave) await once(process.stdin, 'data')
await store.close()
process.stdin.unref()
