import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { type Origin, StoreError } from '@faircopy/store-core'
import type { Incoming, Receive } from './platform.ts'

/** As much of Telegram's `Update` as is needed here. */
interface Update {
  readonly update_id: number
  readonly message?: {
    readonly chat: { readonly id: number; readonly type: 'private' | 'group' | 'supergroup' | 'channel' }
    readonly from?: { readonly id: number }
    readonly message_thread_id?: number
    readonly text?: string
  }
}

/**
 * A platform that posts each message to us, and posts it again until it is told 200. It is answered only after all was
 * stored; a store that fails is a 503, and nothing was pretended.
 */
export async function serveWebhook(receive: Receive, port: number): Promise<Server> {
  const server = createServer(async (request, response) => {
    try {
      const update = await updateOf(request)
      const incoming = update && incomingOf(update)
      if (!update) reply(response, 400, { error: 'BAD_UPDATE' })
      else reply(response, 200, { replies: incoming ? await receive(incoming) : [] })
    } catch (error) {
      const told = StoreError.is(error)
        ? { error: error.code, outcome: error.outcome, retryable: error.retryable }
        : { error: 'FAILED' }
      console.error(error instanceof Error ? error.message : error)
      reply(response, StoreError.is(error) ? 503 : 500, told)
    }
  })
  server.listen(port, '127.0.0.1')
  await new Promise((resolve, reject) => server.once('listening', resolve).once('error', reject))
  return server
}

/** Where a server listens. */
export function urlOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function updateOf(request: IncomingMessage): Promise<Update | null> {
  try {
    const update = JSON.parse(await text(request)) as Update
    return Number.isInteger(update.update_id) ? update : null
  } catch {
    return null
  }
}

function incomingOf({ update_id, message }: Update): Incoming | null {
  if (message?.text === undefined) return null
  const { chat, from, message_thread_id } = message
  const origin: Origin = {
    platform: 'telegram',
    chatType: chat.type,
    chat: String(chat.id),
    ...(message_thread_id !== undefined && { thread: String(message_thread_id) }),
    ...(from && { user: String(from.id) }),
  }
  return { id: `telegram-${update_id}`, origin, text: message.text }
}

function reply(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`)
}
