import { setTimeout as after } from 'node:timers/promises'
import type { Deliver } from './delivery.ts'

/** What the model may call. */
export type Tool = (given: Readonly<Record<string, unknown>>, call: string) => Promise<string>

/** The tools of the agent, by name. */
export function createTools(deliver: Deliver): Readonly<Record<string, Tool>> {
  return {
    clock: async () => new Date().toISOString(),
    note: async ({ text }) => `Noted: ${text}`,
    // It waits until a time, not for a time: run again after a crash, it is over when it would have been.
    timer: async ({ until }) => {
      await after(Math.max(0, Date.parse(String(until)) - Date.now()))
      return 'Time is up.'
    },
    // The call's id makes it one delivery, however often it is run.
    tell: async ({ to, text }, call) =>
      deliver({ id: call, to: String(to), from: 'a colleague', text: String(text) }),
  }
}
