import type { JsonObject, JsonValue } from '@faircopy/store-core'
import type { ModelMend } from './model-mend.ts'
import type { ModelPiece } from './model-piece.ts'

/** What a tool gave back. */
export interface ModelResult {
  readonly entryId: number
  readonly pieces: readonly ModelPiece[]
  readonly isError: boolean
}

/** A call and, once it is found, its result: together, so that nothing can come between them. */
export interface ModelCall {
  /** The record's own id; null where it has none. */
  readonly id: string | null
  readonly name: string | null
  readonly arguments: JsonValue
  /** The call as the record has it. */
  readonly raw: JsonObject
  result: ModelResult | null
}

/** One thing that was said, with the tool exchange that it began: the smallest piece that a window is made of. */
export interface ModelStep {
  readonly entryId: number
  readonly origin: 'message' | 'delivery' | 'compaction'
  readonly role: 'system' | 'user' | 'assistant'
  readonly pieces: readonly ModelPiece[]
  /** Who speaks, where the record says. */
  readonly speaker: string | null
  readonly calls: readonly ModelCall[]
  /** What the view of the record doesn't name. */
  readonly rest: JsonObject
  /** Mends that were made to it, and to results found behind it that belong nowhere. */
  readonly mends: ModelMend[]
}

/** Whether something stands in a step that a model may answer: a person's words or a tool's results. */
export function asksTheModel(step: ModelStep): boolean {
  return step.role === 'user' || step.calls.length > 0
}
