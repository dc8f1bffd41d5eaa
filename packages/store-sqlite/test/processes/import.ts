// Imports COUNT steps into session "s", telling how far it is. With "wait" it waits for a line before it confirms.
import { once } from 'node:events'
import { writeSync } from 'node:fs'
import type { ImportStep } from '@faircopy/store-core'
import { openSqliteStore } from '@faircopy/store-sqlite'

const [path = '', count = '0', wait] = process.argv.slice(2)

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
    if (wait) await once(process.stdin, 'data')
  },
})
await store.close()
tell({ status: receipt.status })
process.stdin.unref()
