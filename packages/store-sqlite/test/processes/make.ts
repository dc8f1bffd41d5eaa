// Makes a store under a umask, writes to it, and ends without closing it, so that its sidecars stay.
import { openSqliteStore } from '@faircopy/store-sqlite'

const [path = '', umask = '22'] = process.argv.slice(2)
process.umask(Number.parseInt(umask, 8))
const store = await openSqliteStore({ path })
await store.create('s')
process.kill(process.pid, 'SIGKILL')
