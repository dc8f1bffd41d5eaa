import { createGateway, type Gateway, type GatewayOptions } from '@faircopy/gateway'
import { codecNamed, type Entry, parseRecord, project } from '@faircopy/store-core'
import { createMemoryStore, type MemoryStore } from '@faircopy/store-core/memory'

/** A gateway on a store in memory, and the time that both go by. */
export interface Fixture {
  readonly store: MemoryStore
  readonly gateway: Gateway
  /** Another gateway on the same store, as another process has it. */
  readonly another: (options?: Partial<GatewayOptions>) => Gateway
  readonly clock: { now: number }
}

export const MINUTE = 60_000

export function fixture(options: Partial<GatewayOptions> = {}): Fixture {
  const clock = { now: Date.UTC(2026, 3, 15, 12) }
  const store = createMemoryStore({ now: () => clock.now })
  let ids = 0
  const another = (more: Partial<GatewayOptions> = {}): Gateway =>
    createGateway({
      store,
      clock: () => clock.now,
      newId: () => `s${++ids}`,
      ...options,
      ...more,
    })
  return { store, gateway: another(), another, clock }
}

export const dm = { platform: 'telegram', chatType: 'dm', chat: '1001', user: '7' } as const
export const group = { platform: 'telegram', chatType: 'group', chat: '-5', user: '7' } as const

export function user(content: string): { role: string; content: string } {
  return { role: 'user', content }
}

export function assistant(content: string): { role: string; content: string } {
  return { role: 'assistant', content }
}

export function delivery(content: string, idempotencyKey: string) {
  const record = { role: 'assistant', content, mirror: true, mirror_source: 'cron' }
  return { kind: 'delivery', record, idempotencyKey }
}

/** What a session says, without what only an audit shows. */
export async function said(store: Pick<MemoryStore, 'read'>, session: string): Promise<string[]> {
  const shown = project(await Array.fromAsync(store.read(session)), 'display', codecNamed('openai-chat'))
  return shown.map(({ view }) => view.text)
}

/** What a provider would be shown. */
export async function shown(store: Pick<MemoryStore, 'read'>, session: string): Promise<string[]> {
  const entries = await Array.fromAsync(store.read(session))
  return project(entries, 'model', codecNamed('openai-chat')).map(({ view }) => view.text)
}

export function contentOf({ record }: Pick<Entry, 'record'>): unknown {
  return parseRecord(record)['content']
}

/** A conversation of whole turns. */
export async function converse(
  gateway: Gateway,
  session: string,
  ...words: readonly string[]
): Promise<void> {
  for (const [i, content] of words.entries()) {
    const turn = await gateway.beginTurn(session, {
      idempotencyKey: `${session} ${i} ${content}`,
      record: user(content),
    })
    await turn.commit(assistant(`re ${content}`))
  }
}
