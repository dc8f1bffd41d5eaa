import type { JsonObject, JsonValue } from '@faircopy/store-core'
import type { InSteps } from '@faircopy/store-core/backend'
import { alternating, type ShownMessage } from './model-alternation.ts'
import { toolArguments, wellFormed } from './model-arguments.ts'
import { ModelCallIds, toolName } from './model-call-ids.ts'
import { type Report, shownContent, type TextContent, textContent } from './model-content.ts'
import type { ModelMend, ModelMendCode } from './model-mend.ts'
import type { OpenAiMessage, OpenAiPart, OpenAiToolCall } from './model-openai-message.ts'
import type { MediaPiece, ModelPiece } from './model-piece.ts'
import { EMPTY_MESSAGE, FROM_A_TOOL, NO_RESULT } from './model-placeholder.ts'
import type { OpenAiStyle } from './model-provider.ts'
import type { ModelCall, ModelStep } from './model-step.ts'

const LONGEST_CALL_ID = 40
const IMAGE_TYPES: ReadonlySet<string> = new Set(['image/jpeg', 'image/png', 'image/gif', 'image/webp'])

/** Messages for Chat Completions; mends are added to `mends`. */
export function* openAiMessages(
  steps: readonly ModelStep[],
  style: OpenAiStyle,
  mends: ModelMend[],
): InSteps<OpenAiMessage[]> {
  const ids = new ModelCallIds((id) => id !== '' && id.length <= LONGEST_CALL_ID && id.isWellFormed())
  const shown: ShownMessage[] = []
  for (const step of steps) {
    const { entryId } = step
    const report: Report = (code) => mends.push({ code, entryId })
    for (const message of messagesOf(step, ids, style, report, mends)) shown.push({ message, entryId })
    yield
  }
  return style.alternate ? alternating(shown, mends) : shown.map(({ message }) => message)
}

function messagesOf(
  step: ModelStep,
  ids: ModelCallIds,
  style: OpenAiStyle,
  report: Report,
  mends: ModelMend[],
): OpenAiMessage[] {
  if (step.role === 'user') return [userMessage(step, report)]
  const text = joined(shownContent<TextContent>(step.pieces, () => null, report))
  if (step.calls.length === 0) {
    if (text !== '') {
      return step.role === 'system'
        ? [{ role: 'system', content: text }]
        : [{ ...kept(step.rest, style, report), role: 'assistant', content: text }]
    }
    report('empty-left-out')
    return []
  }

  const calls: OpenAiToolCall[] = []
  const results: OpenAiMessage[] = []
  const moved: OpenAiPart[] = []
  for (const call of step.calls) {
    const id = ids.idOf(step, call, report)
    calls.push({
      ...kept(call.raw, style, report),
      id,
      type: 'function',
      function: {
        name: toolName(call.name, report),
        arguments: textContent(toolArguments(call.arguments), report).text,
      },
    })
    const result = toolResult(call, style, moved, (code) =>
      mends.push({ code, entryId: call.result?.entryId ?? step.entryId }),
    )
    results.push({ role: 'tool', tool_call_id: id, content: result })
  }
  const made: OpenAiMessage = {
    ...kept(step.rest, style, report),
    role: 'assistant',
    content: text === '' ? null : text,
    tool_calls: calls,
  }
  if (moved.length === 0) return [made, ...results]
  const label: TextContent = { type: 'text', text: FROM_A_TOOL }
  return [made, ...results, { role: 'user', content: [label, ...moved] }]
}

function userMessage(step: ModelStep, report: Report): OpenAiMessage {
  const parts = shownContent<OpenAiPart>(step.pieces, mediaPart, report)
  if (parts.length === 0) {
    report('empty-filled')
    parts.push({ type: 'text', text: EMPTY_MESSAGE })
  }
  const texts = parts.filter((part) => part.type === 'text')
  const content = texts.length === parts.length ? joined(texts) : parts
  const name = step.speaker === null ? null : speakerName(step.speaker, report)
  return name === null ? { role: 'user', content } : { role: 'user', content, name }
}

/** Only a text can be a tool's result; what can stand in a user's message is put there. */
function toolResult(call: ModelCall, style: OpenAiStyle, moved: OpenAiPart[], report: Report): string {
  if (call.result === null) {
    report('call-unanswered')
    return NO_RESULT
  }
  const parts = shownContent<TextContent>(
    call.result.pieces,
    (piece) => {
      const part = style.alternate ? null : mediaPart(piece)
      if (part === null || piece.type === 'thinking') return null
      moved.push(part)
      report('content-moved')
      return { type: 'text', text: `[${piece.media} below]` }
    },
    report,
  )
  return joined(parts)
}

function joined(parts: readonly TextContent[]): string {
  return parts.map(({ text }) => text).join('\n')
}

function mediaPart(piece: Exclude<ModelPiece, { type: 'text' | 'other' }>): OpenAiPart | null {
  if (piece.type !== 'media' || piece.source === null) return null
  switch (piece.media) {
    case 'image':
      return imagePart(piece)
    case 'audio':
      return audioPart(piece)
    case 'file':
      return filePart(piece)
  }
}

function imagePart({ source, detail }: MediaPiece): OpenAiPart | null {
  const url =
    source?.from === 'url' && isWebAddress(source.url)
      ? source.url
      : source?.from === 'data' && IMAGE_TYPES.has(source.mediaType)
        ? `data:${source.mediaType};base64,${source.data}`
        : null
  if (url === null) return null
  const isKnown = detail === 'auto' || detail === 'low' || detail === 'high'
  return { type: 'image_url', image_url: isKnown ? { url, detail } : { url } }
}

function audioPart({ source }: MediaPiece): OpenAiPart | null {
  if (source?.from !== 'data') return null
  const type = source.mediaType.replace(/^audio\/(x-)?/, '')
  const format = type === 'mpeg' ? 'mp3' : type
  return format === 'mp3' || format === 'wav'
    ? { type: 'input_audio', input_audio: { data: source.data, format } }
    : null
}

function filePart({ source, name }: MediaPiece): OpenAiPart | null {
  if (source?.from === 'upload') {
    return source.at === 'openai' && source.id.isWellFormed()
      ? { type: 'file', file: { file_id: source.id } }
      : null
  }
  if (source?.from !== 'data' || source.mediaType !== 'application/pdf') return null
  const filename = name?.toWellFormed() ?? 'document.pdf'
  return { type: 'file', file: { filename, file_data: `data:application/pdf;base64,${source.data}` } }
}

function isWebAddress(url: string): boolean {
  return /^https?:\/\/\S+$/i.test(url) && url.isWellFormed() && URL.canParse(url)
}

function speakerName(name: string, report: Report): string | null {
  if (/^[a-zA-Z0-9_-]{1,64}$/.test(name)) return name
  const plain = name.replaceAll(/[^a-zA-Z0-9_-]+/g, '_').slice(0, 64)
  const isNothing = /^_*$/.test(plain)
  report(isNothing ? 'speaker-left-out' : 'speaker-renamed')
  return isNothing ? null : plain
}

function kept(
  from: JsonObject,
  { keeps = [] }: OpenAiStyle,
  report: Report,
): { [member: string]: JsonValue } {
  const members: { [member: string]: JsonValue } = {}
  for (const name of keeps) {
    if (!Object.hasOwn(from, name)) continue
    const mends = new Set<ModelMendCode>()
    const value = wellFormed(from[name], mends)
    if (value === undefined) continue
    members[name] = value
    for (const code of mends) report(code)
  }
  return members
}
