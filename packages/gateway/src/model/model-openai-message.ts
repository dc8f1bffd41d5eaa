import type { TextContent } from './model-content.ts'

// Arrays are mutable here because those of the provider's own SDK are, and these are handed to it.

/** A piece of a user's message. */
export type OpenAiPart =
  | TextContent
  | {
      readonly type: 'image_url'
      readonly image_url: { readonly url: string; readonly detail?: 'auto' | 'low' | 'high' }
    }
  | {
      readonly type: 'input_audio'
      readonly input_audio: { readonly data: string; readonly format: 'mp3' | 'wav' }
    }
  | {
      readonly type: 'file'
      readonly file: { readonly file_id?: string; readonly file_data?: string; readonly filename?: string }
    }

/** A call of a tool. */
export interface OpenAiToolCall {
  readonly id: string
  readonly type: 'function'
  readonly function: { readonly name: string; readonly arguments: string }
}

/** A message of Chat Completions. An assistant's may have members that the provider's `keeps` names. */
export type OpenAiMessage =
  | { readonly role: 'system'; readonly content: string }
  | { readonly role: 'user'; readonly content: string | OpenAiPart[]; readonly name?: string }
  | { readonly role: 'assistant'; readonly content: string | null; readonly tool_calls?: OpenAiToolCall[] }
  | { readonly role: 'tool'; readonly tool_call_id: string; readonly content: string }
