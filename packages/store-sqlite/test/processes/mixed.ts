// Lives a mixed life: appends that wait for the disk beside claims and imports that do not, at once, with a backup and a
// checkpoint in between. Prints one line of JSON for each thing that was asked, and for each that was told.
import { writeSync } from 'node:fs'
import type { ImportStep } from '@faircopy/store-core/operator'
import { openSqliteStore } from '@faircopy/store-sqlite'

const [path = '', rounds = '0', backup = ''] = process.argv.slice(2)

function tell(what: object): void {
  writeSync(1, `${JSON.stringify(what)}\n`)
}

const store = await openSqliteStore({ path, busyTimeoutMs: 60_000 })

async function append(session: string, key: string, size: number): Promise<void> {
  const record = JSON.stringify({ role: 'user', content: key, pad: 'x'.repeat(size) })
  tell({ asked: key, session })
  const { entries } = await store.append(session, { record, idempotencyKey: key }, { create: {} })
  tell({ acked: key, session, seq: entries[0]?.seq })
}

async function importNew(id: string): Promise<void> {
  async function* steps(): AsyncGenerator<ImportStep> {
    for (let n = 1; n <= 600; n++) {
      const record = JSON.stringify({ role: 'user', content: `${id} ${n}` })
      yield { live: { record, provenance: { importId: id, witness: 'file', line: n } } }
    }
  }
  await store.import({
    run: { id, at: 1, about: {} },
    session: id,
    about: {},
    expectedHead: null,
    steps: steps(),
    note: { key: id, verdict: 'imported', reason: null, report: {}, certificate: null },
  })
  tell({ imported: id })
}

async function claim(id: string): Promise<void> {
  const claiming = await store.claimImport(id)
  if ('claim' in claiming) await claiming.claim.release()
}

for (let n = 1; n <= Number(rounds); n++) {
  await Promise.all([
    claim(`claimed-${n}`),
    append('s', `s-${n}`, n % 3 === 0 ? 400_000 : 100),
    importNew(`imported-${n}`),
    append('t', `t-${n}`, 100),
    claim(`claimed-too-${n}`),
  ])
  await Promise.all([append('s', `s-${n}-more`, 100), claim(`claimed-${n}`)])
  if (n === 2) await store.backup(backup)
}
// The last thing said before the close is only a claim: nothing after it waits for the disk.
await Promise.all([append('t', 't-last', 100), claim('claimed-last')])
await store.close()
tell({ closed: true })
