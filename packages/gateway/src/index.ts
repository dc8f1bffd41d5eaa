export type {
  AnthropicDocument,
  AnthropicImage,
  AnthropicMessage,
  AnthropicThinking,
  AnthropicToolResult,
  AnthropicToolUse,
} from './model-anthropic-message.ts'
export type { TextContent } from './model-content.ts'
export type { ModelMend, ModelMendCode } from './model-mend.ts'
export {
  type AnthropicView,
  type ModelMessagesOptions,
  type ModelView,
  type ModelViewFacts,
  type ModelViewOptions,
  modelMessages,
  modelView,
  type OpenAiView,
} from './model-messages.ts'
export type { OpenAiMessage, OpenAiPart, OpenAiToolCall } from './model-openai-message.ts'
export type { AnthropicStyle, ModelProvider, OpenAiStyle } from './model-provider.ts'
export { type CountTokens, estimateTokens } from './model-window.ts'
export { turnKey } from './turn-key.ts'
