import {
  type Codec,
  codecNamed,
  type Entry,
  parseRecord,
  type SessionRef,
  type TranscriptReader,
} from '@faircopy/store-core'
import { atOnce, type InSteps, inTurns } from '@faircopy/store-core/backend'
import { anthropicRequest } from './model-anthropic.ts'
import type { AnthropicMessage } from './model-anthropic-message.ts'
import type { TextContent } from './model-content.ts'
import type { ModelMend } from './model-mend.ts'
import { openAiMessages } from './model-openai.ts'
import type { OpenAiMessage } from './model-openai-message.ts'
import { type AnthropicStyle, type ModelProvider, providerStyle } from './model-provider.ts'
import { asksTheModel, type ModelStep } from './model-step.ts'
import { modelSteps } from './model-steps.ts'
import { type CountTokens, estimateTokens, modelWindow } from './model-window.ts'

/** How a transcript is shown to a model. */
export interface ModelViewOptions<P extends ModelProvider = ModelProvider> {
  readonly provider: P
  /**
   * Room for so many tokens, counted from the end. A tool exchange is in the view whole or not at all. System messages,
   * the summary, and all from the last thing that a person said on are always in it. Default: no limit.
   */
  readonly maxTokens?: number
  /** Counts the tokens of a text. Default: {@link estimateTokens}. */
  readonly countTokens?: CountTokens
}

/** How a stored session is shown to a model. */
export interface ModelMessagesOptions<P extends ModelProvider = ModelProvider> extends ModelViewOptions<P> {
  /** Codecs of your own, looked for among these first. */
  readonly codecs?: readonly Codec[]
}

/** What is told of a view besides its messages. */
export interface ModelViewFacts {
  /** What was done so that the provider accepts it. No word of the transcript is in it. */
  readonly mends: readonly ModelMend[]
  /**
   * The tokens of what is kept: of its texts, names and arguments, with 4 for each message and 1,600 for each image,
   * sound or file.
   */
  readonly tokens: number
  /** Whether what is always kept is more than `maxTokens` alone. */
  readonly overBudget: boolean
  /** How many things that were said, each with its tool exchange, had no room. */
  readonly omitted: number
  /** Whether the last word is a person's or a tool's: whether a model may be asked now. */
  readonly awaitsModel: boolean
}

/** A view for Chat Completions. */
export interface OpenAiView extends ModelViewFacts {
  readonly messages: OpenAiMessage[]
}

/** A view for the Messages API. */
export interface AnthropicView extends ModelViewFacts {
  /** The system messages of the transcript; empty where there are none. */
  readonly system: TextContent[]
  readonly messages: AnthropicMessage[]
}

/** The view that a provider gets. */
export type ModelView<P extends ModelProvider> = P extends 'anthropic' | AnthropicStyle
  ? AnthropicView
  : OpenAiView

/**
 * What a session says, as a provider accepts it (S16): from the last compaction on, no `session_meta` and no unknown
 * kinds, deliveries labelled `[Delivered from <where>] ` and never inside a tool exchange. Roles alternate, calls are
 * answered and texts are well-formed where the provider asks for it, and each mend is told; what is stored is as it was.
 * A person's words and what was delivered to them are never left out but for the budget. A session that says nothing
 * has no messages.
 *
 * Fails with `NoSession`, and with `InvalidArgument` for a budget or a count that is no number from 0. Cost: reads from
 * the first entry that the last compaction kept to the end, or the whole session where there is none. The event loop has
 * its turns meanwhile (S20).
 *
 * @example
 * ```ts
 * import { modelMessages } from '@faircopy/gateway'
 * import { createMemoryStore } from '@faircopy/store-core/memory'
 *
 * const store = createMemoryStore()
 * await store.append('ada', { record: { role: 'user', content: 'Is the report there?' } }, { create: {} })
 *
 * const { system, messages, mends } = await modelMessages(store, 'ada', {
 *   provider: 'anthropic',
 *   maxTokens: 100_000,
 * })
 * console.log(system.length, messages.length, mends.map(({ code }) => code))
 * ```
 */
export async function modelMessages<const P extends ModelProvider>(
  reader: Pick<TranscriptReader, 'get' | 'read'>,
  session: SessionRef,
  options: ModelMessagesOptions<P>,
): Promise<ModelView<P>> {
  const stored = await reader.get(session)
  const entries = await entriesInView(reader, session)
  const codec = codecNamed(stored?.codec ?? '', options.codecs)
  return (await inTurns(viewing(entries, codec, options))) as ModelView<P>
}

/**
 * {@link modelMessages} of entries that were read already, in their order. They may begin anywhere before the first
 * that the last compaction kept. Pure, and at once: in a gateway a long session is better shown by `modelMessages`.
 */
export function modelView<const P extends ModelProvider>(
  entries: readonly Entry[],
  codec: Codec,
  options: ModelViewOptions<P>,
): ModelView<P>
export function modelView(
  entries: readonly Entry[],
  codec: Codec,
  options: ModelViewOptions,
): OpenAiView | AnthropicView {
  return atOnce(viewing(entries, codec, options))
}

function* viewing(
  entries: readonly Entry[],
  codec: Codec,
  { provider, maxTokens, countTokens = estimateTokens }: ModelViewOptions,
): InSteps<OpenAiView | AnthropicView> {
  const style = providerStyle(provider)
  const keepsThinking = style.style === 'anthropic' && style.thinking === 'keep'
  const { steps, mends: early } = yield* modelSteps(entries, codec)
  const shown = keepsThinking ? steps : steps.map(withoutThinking)
  const window = yield* modelWindow(shown, maxTokens, countTokens)
  const mends = [...early, ...window.steps.flatMap((step) => step.mends)]
  const last = window.steps.findLast(({ role }) => role !== 'system')
  const facts = {
    mends,
    tokens: window.tokens,
    overBudget: maxTokens !== undefined && window.tokens > maxTokens,
    omitted: window.omitted,
    awaitsModel: last !== undefined && last.origin !== 'compaction' && asksTheModel(last),
  }
  return style.style === 'openai'
    ? { ...facts, messages: yield* openAiMessages(window.steps, style, mends) }
    : { ...facts, ...(yield* anthropicRequest(window.steps, mends)) }
}

function withoutThinking(step: ModelStep): ModelStep {
  return { ...step, pieces: step.pieces.filter(({ type }) => type !== 'thinking') }
}

/** From the first entry that the last compaction kept on, read from the end and in one generation (S13). */
async function entriesInView(reader: Pick<TranscriptReader, 'read'>, session: SessionRef): Promise<Entry[]> {
  const entries: Entry[] = []
  let firstKept: number | null = null
  let isCompacted = false
  const read = new Set<number>()
  for await (const entry of reader.read(session, { direction: 'backward' })) {
    entries.push(entry)
    read.add(entry.id)
    if (entry.kind === 'compaction' && !isCompacted) {
      isCompacted = true
      const named = parseRecord(entry.record)['first_kept']
      firstKept = typeof named === 'number' ? named : null
    }
    if (isCompacted && (firstKept === null || read.has(firstKept))) break
  }
  return entries.reverse()
}
