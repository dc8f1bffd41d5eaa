export { createGateway } from './create-gateway.ts'
export type {
  CompactOptions,
  EditOptions,
  Gateway,
  ListSessionsOptions,
  OpenSessionOptions,
  ResumeOptions,
  Retried,
  RetryOptions,
  RewindOptions,
  Undone,
  UndoOptions,
} from './gateway.ts'
export { GatewayError, type GatewayErrorCode } from './gateway-error.ts'
export type { GatewayOptions } from './gateway-options.ts'
export type { GatewayStore } from './gateway-store.ts'
export type { Grouping, KeyPolicy } from './key-policy.ts'
export { legacySessionKey, originsOfLegacyKey } from './legacy-key.ts'
export type { MarkerKind, TurnEnd } from './marker.ts'
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
export type { OpenTurn } from './open-turn.ts'
export type { OpenedFacts, OpenedSession } from './opened-session.ts'
export { lastDaily, resetDue } from './reset-due.ts'
export {
  type DailyReset,
  type ResetPolicy,
  type ResetReason,
  type ResetRule,
  resetRule,
} from './reset-policy.ts'
export { parseSessionKey, sessionKey } from './session-key.ts'
export { openingOrigins, sessionOrigin } from './session-origin.ts'
export type { NewTurn, Turn, TurnRecord, TurnState } from './turn.ts'
export { turnKey } from './turn-key.ts'
