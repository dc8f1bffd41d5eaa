import { InvalidArgument } from '@faircopy/store-core'

/** Chat Completions, as OpenAI documents it and many servers speak it. */
export interface OpenAiStyle {
  readonly style: 'openai'
  /**
   * For servers whose chat template demands user, assistant, user, assistant …: system messages are put together in
   * front, neighbours of one role are merged, and what is missing is filled in. OpenAI itself doesn't ask for it.
   */
  readonly alternate?: boolean
  /**
   * Members beside the documented ones that this provider wants back, of an assistant's message or of one of its tool
   * calls: `extra_content` for Gemini, `reasoning_content` or `reasoning_details` where they are asked for. Any other is
   * left out, for OpenAI refuses what it doesn't know. Default none.
   */
  readonly keeps?: readonly string[]
}

/** The Messages API, as Anthropic documents it. */
export interface AnthropicStyle {
  readonly style: 'anthropic'
  /**
   * `keep` sends signed thinking back where it stands, as a model that thinks wants it while it uses tools; a signature
   * is good for the model that made it. Default `drop`.
   */
  readonly thinking?: 'drop' | 'keep'
}

/** Whom the messages are for. A name is its style with every default. */
export type ModelProvider = 'openai' | 'anthropic' | OpenAiStyle | AnthropicStyle

/** A provider with its name resolved. Fails with `InvalidArgument` for one that is not known. */
export function providerStyle(provider: ModelProvider): OpenAiStyle | AnthropicStyle {
  if (provider === 'openai' || provider === 'anthropic') return { style: provider }
  if (provider.style === 'openai' || provider.style === 'anthropic') return provider
  throw new InvalidArgument("provider is neither of 'openai' nor of 'anthropic' style")
}
