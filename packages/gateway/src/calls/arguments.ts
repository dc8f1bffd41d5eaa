import type { Codec, Session } from '@faircopy/store-core'
import { type ArgumentSchema, argument, recordSchema } from '@faircopy/store-core/arguments'
import { CAPABILITY_METHODS } from '@faircopy/store-core/backend'
import type { Grouping, KeyPolicy } from '../keys/key-policy.ts'
import type { DailyReset, ResetPolicy, ResetRule } from '../resets/reset-policy.ts'
import type {
  CompactOptions,
  EditOptions,
  ListSessionsOptions,
  OpenSessionOptions,
  OpenTurnsOptions,
  ResetOptions,
  ResumeOptions,
  RetryOptions,
  UndoOptions,
} from './gateway.ts'
import type { GatewayOptions } from './gateway-options.ts'
import type { GatewayStore } from './gateway-store.ts'
import type { NewTurn } from './turn.ts'

const grouping = {
  groups: argument.oneOf('per-user', 'shared').exactOptional(),
  threads: argument.oneOf('per-user', 'shared').exactOptional(),
}

const keyPolicy = argument.members<KeyPolicy>({
  ...grouping,
  byPlatform: argument.tableOf(argument.members<Grouping>(grouping)).exactOptional(),
})

const resetRule = argument.oneOf('never').or(
  argument.members<Exclude<ResetRule, 'never'>>({
    idleMinutes: argument.number.exactOptional(),
    daily: argument
      .members<DailyReset>({
        hour: argument.number,
        minute: argument.number.exactOptional(),
        timeZone: argument.string,
      })
      .exactOptional(),
  }),
)

/** See {@link GatewayOptions}. What a clock can follow of a reset policy is checked with `checkResetPolicy`. */
export const gatewayOptions: ArgumentSchema<GatewayOptions> = argument.members<GatewayOptions>({
  store: argument.having<GatewayStore>(
    ...CAPABILITY_METHODS.read,
    ...CAPABILITY_METHODS.history,
    ...CAPABILITY_METHODS['append-to-origin'],
    ...CAPABILITY_METHODS.replace,
    ...CAPABILITY_METHODS.routes,
    ...CAPABILITY_METHODS.open,
  ),
  namespace: argument.name('A namespace').exactOptional(),
  keys: keyPolicy.exactOptional(),
  reset: argument
    .members<ResetPolicy>({
      default: resetRule.exactOptional(),
      byPlatform: argument.tableOf(resetRule).exactOptional(),
      byChatType: argument.tableOf(resetRule).exactOptional(),
    })
    .exactOptional(),
  isBusy: argument.call<(session: Session) => boolean | Promise<boolean>>().exactOptional(),
  clock: argument.call<() => number>().exactOptional(),
  newId: argument.call<() => string>().exactOptional(),
  writer: argument.name('A writer').exactOptional(),
  codecs: argument.having<Codec>('view').array().exactOptional(),
})

/** All that has none would be one turn, or one command. */
const key = argument.text('A key')
const expectedRevision = argument.count().exactOptional()
const activeWithinMs = argument.ms.exactOptional()

/** See {@link NewTurn}. */
export const newTurn: ArgumentSchema<NewTurn> = argument.members<NewTurn>({
  idempotencyKey: key,
  record: recordSchema,
  at: argument.epochMs.nullable().exactOptional(),
})

export const openSessionOptions: ArgumentSchema<OpenSessionOptions> = argument.members<OpenSessionOptions>({
  forceNew: argument.flag.exactOptional(),
  idempotencyKey: key.exactOptional(),
})

export const resetOptions: ArgumentSchema<ResetOptions> = argument.members<ResetOptions>({
  idempotencyKey: key.exactOptional(),
})

export const resumeOptions: ArgumentSchema<ResumeOptions> = argument.members<ResumeOptions>({
  fromElsewhere: argument.flag.exactOptional(),
})

export const forkOptions: ArgumentSchema<{ readonly through?: number }> = argument.members<{
  readonly through?: number
}>({
  through: argument.count().exactOptional(),
})

/** What the store itself is asked by. */
const known = argument.any<never>().exactOptional()

export const listSessionsOptions: ArgumentSchema<ListSessionsOptions> = argument.members<ListSessionsOptions>(
  {
    origin: known,
    title: known,
    state: known,
    parent: known,
    limit: known,
    cursor: known,
    activeWithinMs,
  },
)

export const openTurnsOptions: ArgumentSchema<OpenTurnsOptions> = argument.members<OpenTurnsOptions>({
  origin: known,
  activeWithinMs,
})

export const abandonOptions: ArgumentSchema<{ readonly drop?: boolean }> = argument.members<{
  readonly drop?: boolean
}>({
  drop: argument.flag.exactOptional(),
})

export const retryOptions: ArgumentSchema<RetryOptions> = argument.members<RetryOptions>({
  idempotencyKey: key,
  expectedRevision,
})

export const editOptions: ArgumentSchema<EditOptions> = argument.members<EditOptions>({
  idempotencyKey: key,
  expectedRevision,
  record: recordSchema,
  entry: argument.count(1).exactOptional(),
})

export const undoOptions: ArgumentSchema<UndoOptions> = argument.members<UndoOptions>({
  turns: argument.count(1).exactOptional(),
  idempotencyKey: key.exactOptional(),
  expectedRevision,
})

export const compactOptions: ArgumentSchema<CompactOptions> = argument.members<CompactOptions>({
  summary: argument.object,
  keepTurns: argument.count().exactOptional(),
  rotate: argument.flag.exactOptional(),
  expectedRevision,
})
