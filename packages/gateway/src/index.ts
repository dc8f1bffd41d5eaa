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
} from './calls/gateway.ts'
export { GatewayError, type GatewayErrorCode } from './calls/gateway-error.ts'
export type { GatewayOptions } from './calls/gateway-options.ts'
export type { GatewayStore } from './calls/gateway-store.ts'
export type { OpenedFacts, OpenedSession } from './calls/opened-session.ts'
export type { NewTurn, Turn, TurnRecord, TurnState } from './calls/turn.ts'
export { createGateway } from './create-gateway.ts'
export type { MarkerKind, TurnEnd } from './entries/marker.ts'
export type { OpenTurn } from './entries/open-turn.ts'
export { turnKey } from './entries/turn-key.ts'
export type { Grouping, KeyPolicy } from './keys/key-policy.ts'
export { legacySessionKey, originsOfLegacyKey } from './keys/legacy-key.ts'
export { parseSessionKey, sessionKey } from './keys/session-key.ts'
export { openingOrigins, sessionOrigin } from './keys/session-origin.ts'
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
