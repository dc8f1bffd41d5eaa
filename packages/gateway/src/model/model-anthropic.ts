import type { InSteps } from '@faircopy/store-core/backend'
import type {
  AnthropicDocument,
  AnthropicImage,
  AnthropicMessage,
  AnthropicThinking,
  AnthropicToolResult,
  AnthropicToolUse,
} from './model-anthropic-message.ts'
import { toolInput } from './model-arguments.ts'
import { ModelCallIds, toolName } from './model-call-ids.ts'
import { type Report, shownContent, type TextContent } from './model-content.ts'
import type { ModelMend } from './model-mend.ts'
import type { MediaPiece, ModelPiece } from './model-piece.ts'
import { CONVERSATION_GOES_ON, EMPTY_MESSAGE, NO_RESULT } from './model-placeholder.ts'
import type { ModelCall, ModelStep } from './model-step.ts'
import { trimmedEnd } from './model-text.ts'

const CALL_ID = /^[a-zA-Z0-9_-]{1,64}$/

/** A request's messages, and the system prompt that stands beside them. */
export interface AnthropicRequest {
  readonly system: TextContent[]
  readonly messages: AnthropicMessage[]
}

type MediaContent = AnthropicImage | AnthropicDocument
type UserContent = Extract<AnthropicMessage, { role: 'user' }>['content'][number]
type AssistantContent = Extract<AnthropicMessage, { role: 'assistant' }>['content'][number]

/** Messages for the Messages API; mends are added to `mends`. */
export function* anthropicRequest(
  steps: readonly ModelStep[],
  mends: ModelMend[],
): InSteps<AnthropicRequest> {
  const system: TextContent[] = []
  const turns = new Turns(mends)
  const ids = new ModelCallIds((id) => CALL_ID.test(id))
  for (const step of steps) {
    yield
    const report: Report = (code) => mends.push({ code, entryId: step.entryId })
    if (step.role === 'system') {
      const content = shownContent<TextContent>(step.pieces, () => null, report)
      if (content.length === 0) report('empty-left-out')
      else if (turns.messages.length > 0) report('system-moved')
      system.push(...content)
    } else if (step.role === 'user') {
      if (step.speaker !== null) report('speaker-left-out')
      turns.user(step.entryId, userContent(step, report))
    } else {
      const content = shownContent<AssistantContent>(step.pieces, thinkingContent, report)
      const isEmpty = content.every(({ type }) => type !== 'text')
      if (isEmpty && step.calls.length === 0) {
        report('empty-left-out')
        continue
      }
      const results: AnthropicToolResult[] = []
      for (const call of step.calls) {
        const use = toolUse(call, ids.idOf(step, call, report), report)
        content.push(use)
        const ofResult: Report = (code) => mends.push({ code, entryId: call.result?.entryId ?? step.entryId })
        results.push(toolResult(call, use.id, ofResult))
      }
      turns.assistant(step.entryId, content)
      if (results.length > 0) turns.user(step.entryId, results)
    }
  }
  turns.end()
  return { system, messages: turns.messages }
}

/** Messages of alternating roles, beginning with the user's. */
class Turns {
  readonly messages: AnthropicMessage[] = []
  readonly #mends: ModelMend[]
  #lastEntry = 0

  constructor(mends: ModelMend[]) {
    this.#mends = mends
  }

  user(entryId: number, content: readonly UserContent[]): void {
    this.#lastEntry = entryId
    const last = this.messages.at(-1)
    if (last?.role === 'user') for (const block of content) last.content.push(block)
    else this.messages.push({ role: 'user', content: [...content] })
  }

  assistant(entryId: number, content: readonly AssistantContent[]): void {
    if (this.messages.length === 0) {
      this.user(entryId, [{ type: 'text', text: CONVERSATION_GOES_ON }])
      this.#mends.push({ code: 'opened', entryId })
    }
    this.#lastEntry = entryId
    const last = this.messages.at(-1)
    if (last?.role === 'assistant') for (const block of content) last.content.push(block)
    else this.messages.push({ role: 'assistant', content: [...content] })
  }

  /** Messages neither end in thinking nor, the last one, in white space. */
  end(): void {
    for (const { role, content } of this.messages) {
      while (role === 'assistant' && isThinking(content.at(-1))) content.pop()
    }
    const last = this.messages.at(-1)
    const end = last?.content.at(-1)
    if (last?.role !== 'assistant' || end?.type !== 'text') return
    const text = trimmedEnd(end.text)
    if (text === end.text) return
    last.content[last.content.length - 1] = { type: 'text', text }
    this.#mends.push({ code: 'end-trimmed', entryId: this.#lastEntry })
  }
}

function isThinking(content: UserContent | AssistantContent | undefined): boolean {
  return content?.type === 'thinking' || content?.type === 'redacted_thinking'
}

function userContent(step: ModelStep, report: Report): UserContent[] {
  const content = shownContent<MediaContent>(step.pieces, mediaContent, report)
  if (content.length > 0) return content
  report('empty-filled')
  return [{ type: 'text', text: EMPTY_MESSAGE }]
}

function toolUse(call: ModelCall, id: string, report: Report): AnthropicToolUse {
  const { input, mends } = toolInput(call.arguments)
  for (const code of mends) report(code)
  return { type: 'tool_use', id, name: toolName(call.name, report), input }
}

function toolResult(call: ModelCall, id: string, report: Report): AnthropicToolResult {
  if (call.result === null) {
    report('call-unanswered')
    const content: TextContent[] = [{ type: 'text', text: NO_RESULT }]
    return { type: 'tool_result', tool_use_id: id, content, is_error: true }
  }
  const content = shownContent<MediaContent>(call.result.pieces, mediaContent, report)
  return {
    type: 'tool_result',
    tool_use_id: id,
    ...(content.length > 0 ? { content } : {}),
    ...(call.result.isError ? { is_error: true } : {}),
  }
}

function thinkingContent(piece: Exclude<ModelPiece, { type: 'text' | 'other' }>): AnthropicThinking | null {
  if (piece.type !== 'thinking') return null
  const { type, thinking, signature, data } = piece.block
  if (type === 'redacted_thinking') return typeof data === 'string' ? { type, data } : null
  return typeof thinking === 'string' && typeof signature === 'string'
    ? { type: 'thinking', thinking: thinking.toWellFormed(), signature: signature.toWellFormed() }
    : null
}

function mediaContent(piece: Exclude<ModelPiece, { type: 'text' | 'other' }>): MediaContent | null {
  if (piece.type !== 'media' || piece.source === null) return null
  if (piece.media === 'image') return imageContent(piece)
  return piece.media === 'file' ? documentContent(piece) : null
}

function imageContent({ source }: MediaPiece): AnthropicImage | null {
  if (source?.from === 'data') {
    const { mediaType, data } = source
    return mediaType === 'image/jpeg' ||
      mediaType === 'image/png' ||
      mediaType === 'image/gif' ||
      mediaType === 'image/webp'
      ? { type: 'image', source: { type: 'base64', media_type: mediaType, data } }
      : null
  }
  const elsewhere = sourceElsewhere(source)
  return elsewhere && { type: 'image', source: elsewhere }
}

function documentContent({ source, name }: MediaPiece): AnthropicDocument | null {
  const title = name === null ? {} : { title: name.toWellFormed().slice(0, 255).toWellFormed() }
  if (source?.from === 'data') {
    return source.mediaType === 'application/pdf'
      ? {
          type: 'document',
          source: { type: 'base64', media_type: 'application/pdf', data: source.data },
          ...title,
        }
      : null
  }
  const elsewhere = sourceElsewhere(source)
  return elsewhere && { type: 'document', source: elsewhere, ...title }
}

function sourceElsewhere(
  source: MediaPiece['source'],
): { type: 'url'; url: string } | { type: 'file'; file_id: string } | null {
  if (source?.from === 'upload') {
    return source.at === 'anthropic' && source.id.isWellFormed() ? { type: 'file', file_id: source.id } : null
  }
  if (source?.from !== 'url') return null
  const { url } = source
  return /^https:\/\/\S+$/i.test(url) && url.isWellFormed() && URL.canParse(url) ? { type: 'url', url } : null
}
