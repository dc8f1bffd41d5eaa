import { openHermesHome } from '@faircopy/legacy-hermes'
import { planImport, runImport } from '@faircopy/legacy-jsonl'
import { openSqliteStore } from '@faircopy/store-sqlite'

const [what = '', home = '', path = ''] = process.argv.slice(2)
const began = performance.now()
let planned = 0
let entries = 0
let byVerdict: object = {}

if (what === 'import') {
  const store = await openSqliteStore({ path })
  const source = await openHermesHome(home)
  const plan = await planImport(source, store)
  planned = performance.now()
  const report = await runImport(plan)
  byVerdict = report.totals.byVerdict
  entries = report.sessions.reduce((sum, session) => sum + (session.entries.merged ?? 0), 0)
  await source.close()
  await store.close()
}

const ended = performance.now()
const cpu = process.cpuUsage()
console.log(
  JSON.stringify({
    seconds: (ended - began) / 1000,
    cpuSeconds: (cpu.user + cpu.system) / 1e6,
    planSeconds: planned ? (planned - began) / 1000 : 0,
    peakMiB: process.resourceUsage().maxRSS / 1024,
    entries,
    byVerdict,
  }),
)
