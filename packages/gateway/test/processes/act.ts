// One of several gateways on one store: does as its seed says, and prints what the store told it, a line each.
// Arguments: the store's path, the seed, how many operations, how many ms at most.
import { createGateway, GatewayError, type OpenedSession } from '@faircopy/gateway'
import { createMirror } from '@faircopy/mirror'
import { type JsonObject, type SessionRef, StoreError } from '@faircopy/store-core'
import { openSqliteStore } from '@faircopy/store-sqlite'
import { ORIGINS } from './origins.ts'
import { recording } from './recording.ts'

const [path = '', seed = '1', operations = '20', ms = '60000'] = process.argv.slice(2)
const EXPECTED = new Set(['REVISION_CONFLICT', 'KEY_CONFLICT', 'SESSION_ENDED', 'TURN_OVER', 'TURN_DROPPED'])

let state = Number(seed)
function random(below: number): number {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0
  return Math.floor((state / 2 ** 32) * below)
}

const opened = await openSqliteStore({ path, busyTimeoutMs: 60_000 })
const store = recording(opened, (told) => console.log(JSON.stringify(told)))
let ids = 0
const gateway = createGateway({
  store,
  newId: () => `${seed}-${++ids}`,
  clock: () => 1_776_000_000_000 + ids,
})
const mirror = createMirror({ store: { append: store.append } })

const said = (role: string, content: string): JsonObject => ({ role, content })

/** The same turn says the same in every process, so that each finds what another stored. */
async function converse(where: OpenedSession | SessionRef, key: string): Promise<void> {
  const turn = await gateway.beginTurn(where, { idempotencyKey: key, record: said('user', key) })
  if (turn.state !== 'open') return
  for (let i = turn.stored.length || 1; i < 3; i++) await turn.append(said('assistant', `${key} ${i}`))
  if (random(6) > 0) await turn.commit()
  else await turn.abandon({ drop: random(2) === 0 })
}

async function act(number: number): Promise<void> {
  const origin = ORIGINS[random(ORIGINS.length)] as (typeof ORIGINS)[number]
  const here = await gateway.open(origin, { forceNew: random(12) === 0 })
  const { session } = here
  const command = `${seed} ${number}`
  switch (random(9)) {
    case 0:
    case 1:
      return converse(here, `m${random(60)}`)
    case 2:
      return converse(session, `${command} said`)
    case 3: {
      const retried = await gateway.retry(session, { idempotencyKey: command })
      return retried?.turn.commit(said('assistant', `again: ${retried.text}`))
    }
    case 4:
      await gateway.undo(session, { turns: 1 + random(3), idempotencyKey: command })
      return
    case 5: {
      const delivery = { deliveryId: `d${random(300)}`, text: 'ding', deliveredFrom: 'cron', at: 1 }
      const { outcome, ...told } = await mirror.record({ ...delivery, target: { origin: here.route } })
      if (outcome !== 'written' && outcome !== 'already')
        throw new Error(`${outcome}: ${JSON.stringify(told)}`)
      return
    }
    case 6:
      await gateway.reset(origin)
      return
    case 7:
      await gateway.compact(session, {
        summary: said('user', command),
        keepTurns: random(3),
        rotate: random(2) === 0,
      })
      return
    case 8: {
      const ended = await gateway.list({ state: 'ended', origin: { chat: origin.chat ?? '' }, limit: 20 })
      const target = ended.sessions[random(ended.sessions.length)]
      if (target) await gateway.resume(origin, target)
      return
    }
  }
}

const until = Date.now() + Number(ms)
for (let i = 0; i < Number(operations) && Date.now() < until; i++) {
  try {
    await act(i)
  } catch (error) {
    const code = GatewayError.is(error) || StoreError.is(error) ? error.code : 'UNKNOWN'
    if (!EXPECTED.has(code)) throw error
    console.log(JSON.stringify({ refused: code }))
  }
}
await opened.close()
