import { type ContentPart, isJsonObject, type JsonObject, type JsonValue } from '@faircopy/store-core'

/** Where an image, a sound or a file is. */
export type MediaSource =
  | { readonly from: 'data'; readonly mediaType: string; readonly data: string }
  | { readonly from: 'url'; readonly url: string }
  /** A file that was uploaded to one provider, and that no other knows. */
  | { readonly from: 'upload'; readonly at: 'openai' | 'anthropic'; readonly id: string }

/** An image, a sound or a file. */
export interface MediaPiece {
  readonly type: 'media'
  readonly media: 'image' | 'audio' | 'file'
  /** Null where the record doesn't say, or not in a way that can be sent. */
  readonly source: MediaSource | null
  readonly name: string | null
  readonly detail: string | null
}

/** Content as no provider in particular has it. */
export type ModelPiece =
  | { readonly type: 'text'; readonly text: string }
  | MediaPiece
  /** Signed reasoning, as Anthropic has it. */
  | { readonly type: 'thinking'; readonly block: JsonObject }
  /** Anything else. */
  | { readonly type: 'other'; readonly value: JsonValue }

/** Reads a part of a message: the shapes of Chat Completions, Responses, the Messages API and MCP. */
export function modelPiece(part: ContentPart): ModelPiece {
  if (part.type === 'text') return part
  const { value } = part
  if (value === null) return { type: 'text', text: '' }
  if (!isJsonObject(value)) return isScalar(value) ? { type: 'text', text: String(value) } : part
  return pieceOfType(value['type'], value) ?? part
}

function pieceOfType(type: JsonValue | undefined, value: JsonObject): ModelPiece | null {
  switch (type) {
    case 'text':
    case 'input_text':
    case 'output_text':
      return typeof value['text'] === 'string' ? { type: 'text', text: value['text'] } : null
    case 'refusal':
      return typeof value['refusal'] === 'string' ? { type: 'text', text: value['refusal'] } : null
    case 'image_url':
    case 'input_image':
      return imageOfOpenAi(value)
    case 'input_audio':
      return audio(value)
    case 'file':
    case 'input_file':
      return fileOfOpenAi(isJsonObject(value['file']) ? value['file'] : value)
    case 'image':
      return media('image', sourceOfAnthropic(value['source']) ?? sourceOfMcp(value))
    case 'audio':
      return media('audio', sourceOfMcp(value))
    case 'document':
      return documentOfAnthropic(value)
    case 'thinking':
      return isText(value['signature']) && typeof value['thinking'] === 'string'
        ? {
            type: 'thinking',
            block: { type: 'thinking', thinking: value['thinking'], signature: value['signature'] },
          }
        : null
    case 'redacted_thinking':
      return isText(value['data'])
        ? { type: 'thinking', block: { type: 'redacted_thinking', data: value['data'] } }
        : null
    default:
      return null
  }
}

/** Whether a part is reasoning: of a kind that is shown to its own model or to none. */
export function isReasoning(part: ContentPart): boolean {
  if (part.type === 'text' || !isJsonObject(part.value)) return false
  const type = part.value['type']
  return type === 'thinking' || type === 'redacted_thinking' || type === 'reasoning'
}

/** The signed thinking that `reasoning_details` holds, in the form that OpenRouter gave it. */
export function thinkingOf(details: JsonValue | undefined): ModelPiece[] {
  if (!Array.isArray(details)) return []
  return details.flatMap((detail: JsonValue): ModelPiece[] => {
    if (!isJsonObject(detail)) return []
    const { type, format = null, text, signature, data } = detail
    if (type === 'thinking' || type === 'redacted_thinking') {
      const piece = pieceOfType(type, detail)
      return piece ? [piece] : []
    }
    if (typeof format !== 'string' || !format.startsWith('anthropic')) return []
    if (type === 'reasoning.text' && typeof text === 'string' && isText(signature)) {
      return [{ type: 'thinking', block: { type: 'thinking', thinking: text, signature } }]
    }
    return type === 'reasoning.encrypted' && isText(data)
      ? [{ type: 'thinking', block: { type: 'redacted_thinking', data } }]
      : []
  })
}

function imageOfOpenAi(value: JsonObject): MediaPiece {
  const image = value['image_url']
  const at = isJsonObject(image) ? image : value
  const url = isJsonObject(image) ? image['url'] : image
  const id = value['file_id']
  const source = isText(id) && !isText(url) ? uploaded('openai', id) : sourceOfUrl(url)
  return media('image', source, null, textOrNull(at['detail']))
}

function audio(value: JsonObject): MediaPiece {
  const { data, format } = isJsonObject(value['input_audio']) ? value['input_audio'] : value
  return media('audio', isText(format) ? sourceOfData(`audio/${format}`, data) : null)
}

function fileOfOpenAi(file: JsonObject): ModelPiece {
  const { file_id: id, file_data: data, file_url: url } = file
  const source = isText(data) ? sourceOfUrl(data) : isText(id) ? uploaded('openai', id) : sourceOfUrl(url)
  return textFile(media('file', source, textOrNull(file['filename'])))
}

/** A file of plain text is read here, for a provider takes no other file than a PDF. */
function textFile(file: MediaPiece): ModelPiece {
  const { source, name } = file
  if (source?.from !== 'data' || !source.mediaType.startsWith('text/')) return file
  const text = new TextDecoder().decode(Uint8Array.from(atob(source.data), (unit) => unit.charCodeAt(0)))
  return { type: 'text', text: name === null ? text : `[${name}]\n${text}` }
}

function documentOfAnthropic(value: JsonObject): ModelPiece {
  const source = value['source']
  if (isJsonObject(source) && source['type'] === 'text' && typeof source['data'] === 'string') {
    return { type: 'text', text: source['data'] }
  }
  return textFile(media('file', sourceOfAnthropic(source), textOrNull(value['title'])))
}

function sourceOfAnthropic(source: JsonValue | undefined): MediaSource | null {
  if (!isJsonObject(source)) return null
  if (source['type'] === 'url') return sourceOfUrl(source['url'])
  if (source['type'] === 'file' && isText(source['file_id'])) return uploaded('anthropic', source['file_id'])
  return isText(source['media_type']) ? sourceOfData(source['media_type'], source['data']) : null
}

function sourceOfMcp(value: JsonObject): MediaSource | null {
  return isText(value['mimeType']) ? sourceOfData(value['mimeType'], value['data']) : null
}

function sourceOfUrl(url: JsonValue | undefined): MediaSource | null {
  if (!isText(url)) return null
  if (!/^data:/i.test(url)) return { from: 'url', url }
  const comma = url.indexOf(',')
  const [mediaType = '', ...parameters] = url.slice('data:'.length, comma).split(';')
  return parameters.some((parameter) => parameter.toLowerCase() === 'base64')
    ? sourceOfData(mediaType, url.slice(comma + 1))
    : null
}

function sourceOfData(mediaType: string, data: JsonValue | undefined): MediaSource | null {
  if (typeof data !== 'string' || !/^\w+\/[\w.+-]+$/.test(mediaType)) return null
  const text = data.replaceAll(/\s/g, '').replace(/={1,2}$/, '')
  if (text.length % 4 === 1 || !/^[A-Za-z0-9+/]+$/.test(text)) return null
  const padded = text.padEnd(Math.ceil(text.length / 4) * 4, '=')
  const type = mediaType.toLowerCase()
  return { from: 'data', mediaType: type === 'image/jpg' ? 'image/jpeg' : type, data: padded }
}

function uploaded(at: 'openai' | 'anthropic', id: string): MediaSource {
  return { from: 'upload', at, id }
}

function media(
  kind: MediaPiece['media'],
  source: MediaSource | null,
  name: string | null = null,
  detail: string | null = null,
): MediaPiece {
  return { type: 'media', media: kind, source, name, detail }
}

function isScalar(value: JsonValue): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
}

function isText(value: JsonValue | undefined): value is string {
  return typeof value === 'string' && value !== ''
}

function textOrNull(value: JsonValue | undefined): string | null {
  return isText(value) ? value : null
}
