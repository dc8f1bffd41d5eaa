export { createGateway } from './create-gateway.ts'
export type {
  CompactOptions,
  EditOptions,
  Gateway,
  ListSessionsOptions,
  OpenSessionOptions,
  OpenTurnsOptions,
  ResetOptions,
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
export type { Grouping, KeyPolicy } from './keys/key-policy.ts'
export { legacySessionKey, originsOfLegacyKey } from './keys/legacy-key.ts'
export { parseSessionKey, sessionKey } from './keys/session-key.ts'
export { openingOrigins, sessionOrigin } from './keys/session-origin.ts'
export type { MarkerKind, TurnEnd } from './marker.ts'
export type {
  AnthropicDocument,
  AnthropicImage,
  AnthropicMessage,
  AnthropicThinking,
  AnthropicToolResult,
  AnthropicToolUse,
} from './model/model-anthropic-message.ts'
export type { TextContent } from './model/model-content.ts'
export type { ModelMend, ModelMendCode } from './model/model-mend.ts'
export {
  type AnthropicView,
  type ModelMessagesOptions,
  type ModelView,
  type ModelViewFacts,
  type ModelViewOptions,
  modelMessages,
  modelView,
  type OpenAiView,
} from './model/model-messages.ts'
export type { OpenAiMessage, OpenAiPart, OpenAiToolCall } from './model/model-openai-message.ts'
export type { AnthropicStyle, ModelProvider, OpenAiStyle } from './model/model-provider.ts'
export { type CountTokens, estimateTokens } from './model/model-window.ts'
export { lastDaily, resetDue } from './resets/reset-due.ts'
export {
  type DailyReset,
  type ResetPolicy,
  type ResetReason,
  type ResetRule,
  resetRule,
} from './resets/reset-policy.ts'
export type { OpenedFacts, OpenedSession } from './sessions/opened-session.ts'
export type { OpenTurn } from './turns/open-turn.ts'
export type { NewTurn, Turn, TurnRecord, TurnState } from './turns/turn.ts'
export { turnKey } from './turns/turn-key.ts'
