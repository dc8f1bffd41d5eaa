// A job of its own: `node cron.ts --db FILE KEY ID TEXT` delivers into the chat of a session's key.
import { parseArgs } from 'node:util'
import { createDelivery } from './delivery.ts'
import { openTranscripts } from './transcripts.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { db: { type: 'string' }, home: { type: 'string' } },
})
const [to, id, text] = positionals
if (values.db === undefined || to === undefined || id === undefined || text === undefined) {
  console.error('usage: cron.ts --db FILE [--home HERMES_HOME] KEY ID TEXT')
  process.exit(64)
}
const store = await openTranscripts({ db: values.db, home: values.home })
try {
  console.log(await createDelivery(store)({ id, to, from: 'cron', text }))
} finally {
  await store.close()
}
