import type { JsonObject, JsonValue } from './json.ts'

/** A piece of a message's content. */
export type ContentPart =
  | { readonly type: 'text'; readonly text: string }
  /** Anything that is not text, as it stands in the record. */
  | { readonly type: 'other'; readonly value: JsonValue }

/** A tool call that a message makes. */
export interface ToolCall {
  readonly id: string | null
  readonly name: string | null
  /** The arguments as they stand in the record: usually JSON in a string, kept even where it is not valid. */
  readonly arguments: JsonValue
}

/** What is read out of a record. A view: it can be recomputed at any time, and the record is the truth. */
export interface MessageView {
  readonly role: string | null
  /** The content exactly as the record has it, decoded; null where there is none. */
  readonly content: JsonValue
  readonly parts: readonly ContentPart[]
  readonly toolCalls: readonly ToolCall[]
  /** The raw tool calls as the record has them. */
  readonly rawToolCalls: JsonValue
  /** Of a tool's result: the call that it answers. */
  readonly toolCallId: string | null
  /** The readable text of the content, for people and for search. */
  readonly text: string
  /** An id that the gateway, agent or provider gave the message itself. */
  readonly nativeId: string | null
  /** Where the message was delivered from, if it is a copy of a delivery. */
  readonly deliveredFrom: string | null
  /** Every member that the view does not name: nothing is forgotten. */
  readonly rest: JsonObject
}

/** Reads records of one shape. Pure; never throws for a JSON object, however odd. */
export interface Codec {
  readonly name: string
  view(record: JsonObject): MessageView
}
