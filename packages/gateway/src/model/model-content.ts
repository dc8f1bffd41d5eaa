import { isJsonObject, type JsonValue } from '@faircopy/store-core'
import type { ModelMendCode } from './model-mend.ts'
import type { MediaPiece, ModelPiece } from './model-piece.ts'
import { isBlank } from './model-text.ts'

/** A text, as every provider has it. */
export interface TextContent {
  readonly type: 'text'
  readonly text: string
}

/** Takes note of a mend of the entry that is being shown. */
export type Report = (code: ModelMendCode) => void

const LONGEST_JSON = 4000
const LONGEST_URL = 2000

/**
 * Content as one place of a provider's message takes it: texts that are well-formed and not blank, and what `part`
 * makes of an image, a sound, a file or signed thinking. What it makes null of is named in brackets.
 */
export function shownContent<Part>(
  pieces: readonly ModelPiece[],
  part: (piece: Exclude<ModelPiece, { type: 'text' | 'other' }>) => Part | null,
  report: Report,
): (TextContent | Part)[] {
  let isBlankLeftOut = false
  const shown = pieces.flatMap((piece): (TextContent | Part)[] => {
    if (piece.type === 'text') {
      if (!isBlank(piece.text)) return [textContent(piece.text, report)]
      isBlankLeftOut ||= piece.text !== ''
      return []
    }
    if (piece.type === 'other') return [textContent(otherText(piece.value, report), report)]
    const made = part(piece)
    if (made !== null) return [made]
    if (piece.type === 'thinking') return []
    report('content-left-out')
    return [textContent(placeholder(piece), report)]
  })
  if (isBlankLeftOut && shown.length > 0) report('blank-left-out')
  return shown
}

/** A text that can be sent. */
export function textContent(text: string, report: Report): TextContent {
  if (text.isWellFormed()) return { type: 'text', text }
  report('text-repaired')
  return { type: 'text', text: text.toWellFormed() }
}

/** A text in brackets that stands for something that can't be shown where it was. */
function placeholder({ media, source, name }: MediaPiece): string {
  const where = source?.from === 'url' && source.url.length <= LONGEST_URL ? source.url : name
  return where === null ? `[${media} left out]` : `[${media} left out: ${where}]`
}

function otherText(value: JsonValue, report: Report): string {
  const json = JSON.stringify(value)
  if (json.length <= LONGEST_JSON) {
    report('content-as-text')
    return json
  }
  report('content-left-out')
  const type = isJsonObject(value) ? value['type'] : null
  return typeof type === 'string' && type.length <= 100 ? `[${type} left out]` : '[content left out]'
}
