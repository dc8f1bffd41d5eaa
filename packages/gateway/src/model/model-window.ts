import { InvalidArgument } from '@faircopy/store-core'
import type { InSteps } from '@faircopy/store-core/backend'
import type { ModelPiece } from './model-piece.ts'
import type { ModelStep } from './model-step.ts'

/** Counts the tokens of a text. */
export type CountTokens = (text: string) => number

const TOKENS_OF_A_MESSAGE = 4
const TOKENS_OF_A_MEDIUM = 1600

/** The part of a view that its budget has room for. */
export interface ModelWindow {
  readonly steps: readonly ModelStep[]
  readonly tokens: number
  readonly omitted: number
}

/**
 * Estimates the tokens of a text, rather too high than too low: one for every three ASCII characters and one for every
 * other UTF-16 unit.
 */
export function estimateTokens(text: string): number {
  let others = 0
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) others++
  return Math.ceil((text.length - others) / 3 + others)
}

/**
 * The last steps that `maxTokens` has room for. System messages, the summary, and all from the last thing that a person
 * said on are in it whatever they cost. A step is in it whole, so a call never loses its result. Cost: counts what is
 * kept and the step that had no room.
 */
export function* modelWindow(
  steps: readonly ModelStep[],
  maxTokens: number | undefined,
  count: CountTokens,
): InSteps<ModelWindow> {
  if (maxTokens !== undefined && !(maxTokens >= 0))
    throw new InvalidArgument('maxTokens is not a number from 0')
  const asked = steps.findLastIndex(({ role, origin }) => role === 'user' && origin === 'message')
  const last = steps.findLastIndex((step) => !isAlwaysKept(step))
  const mustStart = asked === -1 ? last : asked
  const isAlways = (step: ModelStep, at: number): boolean => at >= mustStart || isAlwaysKept(step)

  let tokens = 0
  for (const [at, step] of steps.entries()) {
    if (!isAlways(step, at)) continue
    tokens += tokensOf(step, count)
    yield
  }
  let start = steps.length
  for (let at = steps.length - 1; at >= 0; at--) {
    const step = steps[at]
    if (!step) break
    if (!isAlways(step, at)) {
      const more = tokensOf(step, count)
      if (maxTokens !== undefined && tokens + more > maxTokens) break
      tokens += more
      yield
    }
    start = at
  }
  const kept = steps.filter((step, at) => at >= start || isAlways(step, at))
  return { steps: kept, tokens, omitted: steps.length - kept.length }
}

function isAlwaysKept({ role, origin }: ModelStep): boolean {
  return role === 'system' || origin === 'compaction'
}

function tokensOf(step: ModelStep, count: CountTokens): number {
  let tokens = TOKENS_OF_A_MESSAGE + tokensOfPieces(step.pieces, count)
  for (const { name, arguments: given, result } of step.calls) {
    tokens += TOKENS_OF_A_MESSAGE + counted(name ?? '', count)
    tokens += counted(typeof given === 'string' ? given : JSON.stringify(given), count)
    tokens += TOKENS_OF_A_MESSAGE + tokensOfPieces(result?.pieces ?? [], count)
  }
  return tokens
}

function tokensOfPieces(pieces: readonly ModelPiece[], count: CountTokens): number {
  let tokens = 0
  for (const piece of pieces) {
    if (piece.type === 'media') tokens += TOKENS_OF_A_MEDIUM
    else if (piece.type === 'text') tokens += counted(piece.text, count)
    else tokens += counted(JSON.stringify(piece.type === 'other' ? piece.value : piece.block), count)
  }
  return tokens
}

function counted(text: string, count: CountTokens): number {
  if (text === '') return 0
  const tokens = count(text.toWellFormed())
  if (!(tokens >= 0)) throw new InvalidArgument('countTokens gave no number from 0')
  return tokens
}
