// The gateway: `main.ts [webhook] [terminal] [--db FILE] [--home HERMES_HOME] [--port N]`. Both platforms by default.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { sessionKey } from '@faircopy/gateway'
import { createConversation } from './conversation.ts'
import { createDelivery } from './delivery.ts'
import type { Send } from './platform.ts'
import { scriptedAgent } from './scripted-agent.ts'
import { serveTerminal } from './terminal.ts'
import { createTools } from './tools.ts'
import { openTranscripts } from './transcripts.ts'
import { serveWebhook, urlOf } from './webhook.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { db: { type: 'string' }, home: { type: 'string' }, port: { type: 'string', default: '0' } },
})
const { db = join(mkdtempSync(join(tmpdir(), 'faircopy-example-')), 'transcripts.db'), home } = values
const platforms = positionals.length > 0 ? positionals : ['webhook', 'terminal']

const store = await openTranscripts({ db, home }).catch(fail)
const agent = scriptedAgent(createTools(createDelivery(store)))
const { receive, resume } = createConversation(store, agent)

const send: Send = (origin, texts) => {
  for (const text of texts) console.log(`${sessionKey(origin)} <- ${text}`)
}

function fail(error: unknown): never {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
}

async function stop(): Promise<never> {
  // Turns that are cut off by this go on at the next start.
  await store.close()
  process.exit()
}
process.once('SIGINT', stop).once('SIGTERM', stop)

console.log(`process ${process.pid}, transcripts in ${db}`)
if (platforms.includes('webhook')) {
  resume('telegram', send).catch(fail)
  const url = urlOf(await serveWebhook(receive, Number(values.port)).catch(fail))
  console.log(`telegram on ${url}, for example:`)
  const message = { chat: { id: 1001, type: 'private' }, from: { id: 7 }, text: 'note bread' }
  console.log(`  curl -s ${url} -d '${JSON.stringify({ update_id: 1, message })}'`)
}
if (platforms.includes('terminal')) {
  resume('terminal', send).catch(fail)
  console.log('terminal, for example: clock, note bread, timer 20, recap, /retry, /undo, /compact, /reset')
  await serveTerminal(receive)
  await stop()
}
