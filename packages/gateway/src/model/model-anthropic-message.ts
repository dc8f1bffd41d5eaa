import type { JsonObject } from '@faircopy/store-core'
import type { TextContent } from './model-content.ts'

// Arrays are mutable here because those of the provider's own SDK are, and these are handed to it.

/** An image. */
export interface AnthropicImage {
  readonly type: 'image'
  readonly source:
    | {
        readonly type: 'base64'
        readonly media_type: 'image/jpeg' | 'image/png' | 'image/gif' | 'image/webp'
        readonly data: string
      }
    | { readonly type: 'url'; readonly url: string }
    | { readonly type: 'file'; readonly file_id: string }
}

/** A PDF. */
export interface AnthropicDocument {
  readonly type: 'document'
  readonly source:
    | { readonly type: 'base64'; readonly media_type: 'application/pdf'; readonly data: string }
    | { readonly type: 'url'; readonly url: string }
    | { readonly type: 'file'; readonly file_id: string }
  readonly title?: string
}

/** Signed thinking, as its model made it. */
export type AnthropicThinking =
  | { readonly type: 'thinking'; readonly thinking: string; readonly signature: string }
  | { readonly type: 'redacted_thinking'; readonly data: string }

/** A call of a tool. */
export interface AnthropicToolUse {
  readonly type: 'tool_use'
  readonly id: string
  readonly name: string
  readonly input: JsonObject
}

/** What a tool gave back. */
export interface AnthropicToolResult {
  readonly type: 'tool_result'
  readonly tool_use_id: string
  readonly content?: (TextContent | AnthropicImage | AnthropicDocument)[]
  readonly is_error?: true
}

/** A message of the Messages API. */
export type AnthropicMessage =
  | {
      readonly role: 'user'
      readonly content: (TextContent | AnthropicImage | AnthropicDocument | AnthropicToolResult)[]
    }
  | { readonly role: 'assistant'; readonly content: (TextContent | AnthropicThinking | AnthropicToolUse)[] }
