import { openJsonlSource, planImport, runImport, verifySource } from '@faircopy/legacy-jsonl'
import { openSqliteStore } from '@faircopy/store-sqlite'
import { existsSync, mkdirSync } from 'node:fs'
import { makeHome } from './src/make-home.ts'
import { longestHold } from './src/longest-hold.ts'
const home = '/tmp/loop/home'
if (!existsSync(home)) { mkdirSync(home); console.log(await makeHome(home, { sessions: 2500, messagesEach: 20, longBytes: 150_000_000, seed: 7 })) }
const source = await openJsonlSource(home + '/sessions')
const fresh = !existsSync('/tmp/loop/legacy/s.db')
if (fresh) mkdirSync('/tmp/loop/legacy', { mode: 0o700 })
const store = await openSqliteStore({ path: '/tmp/loop/legacy/s.db' })
let plan
console.log(await longestHold('plan', async () => { plan = await planImport(source, store) }))
if (fresh) console.log(await longestHold('run', () => runImport(plan)))
if (process.argv[2] !== 'plan') console.log(await longestHold('verify', () => verifySource(source, store, { witnesses: true })))
await store.close()
