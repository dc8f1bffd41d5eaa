import { randomUUID } from 'node:crypto'
import { userInfo } from 'node:os'
import { createInterface } from 'node:readline'
import type { Receive } from './platform.ts'

/** A platform of one chat: a line that is typed is a message. Ends with the input; the exit status tells of failures. */
export async function serveTerminal(receive: Receive): Promise<void> {
  const user = userInfo().username
  const origin = { platform: 'terminal', chatType: 'dm', chat: user, user }
  for await (const text of createInterface({ input: process.stdin })) {
    if (text.trim() === '') continue
    try {
      for (const reply of await receive({ id: randomUUID(), origin, text })) console.log(reply)
    } catch (error) {
      console.error(error instanceof Error ? error.message : error)
      process.exitCode = 1
    }
  }
}
