// Imports COUNT steps into session "s", telling how far it is. With "wait" it waits for a line before it confirms, with
// "append" it appends afterwards.
import { once } from 'node:events'
import { writeSync } from 'node:fs'
import type { ImportStep } from '@faircopy/store-core/operator'
import { openSqliteStore } from '@faircopy/store-sqlite'

const [path = '', count = '0', then] = process.argv.slice(2)

function tell(what: object): void {
  writeSync(1, `${JSON.stringify(what)}\n`)
}

async function* steps(): AsyncGenerator<ImportStep> {
  for (let i = 0; i < Number(count); i++) {
    const record = JSON.stringify({ role: 'user', content: `${i}`, pad: 'x'.repeat(1000) })
    const provenance = { importId: 'run', witness: 'file', line: i + 1 } as const
    yield i % 3 === 2 ? { history: { record, provenance } } : { live: { record, provenance } }
    if (i % 1000 === 999) {
      yield { quarantine: { reason: 'torn', line: i, offset: i, length: 1, bytes: Buffer.from('x') } }
    }
    if (i % 500 === 499) tell({ staged: i + 1 })
  }
}

const store = await openSqliteStore({ path })
const receipt = await store.import({
  run: { id: 'run', at: 1, about: {} },
  session: 's',
  about: { title: 'T' },
  expectedHead: null,
  steps: steps(),
  note: { key: 'key', verdict: 'imported', reason: null, report: {}, certificate: null },
  confirm: async () => {
    tell({ confirming: true })
    if (then === 'wait') await once(process.stdin, 'data')
  },
})
tell({ status: receipt.status })
if (then === 'append') {
  await store.append('s', { record: { role: 'user', content: 'and on' } })
  tell({ appended: true })
}
await store.close()
process.stdin.unref()
