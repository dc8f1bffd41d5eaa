import type { Codec } from './codec.ts'
import { openaiChat } from './openai-chat.ts'

const BUILT_IN: ReadonlyMap<string, Codec> = new Map([[openaiChat.name, openaiChat]])

/**
 * The codec of a name, looked for among `own` first, then among the built-in ones. An unknown name gets the
 * `openai-chat` one, which reads what it can of any object: a transcript is never unreadable for want of a codec.
 */
export function codecNamed(name: string, own: readonly Codec[] = []): Codec {
  return own.find((codec) => codec.name === name) ?? BUILT_IN.get(name) ?? openaiChat
}
