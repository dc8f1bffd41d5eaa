import {
  type Codec,
  type ContentPart,
  type Entry,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type MessageView,
  type ProjectedEntry,
  parseRecord,
} from '@faircopy/store-core'
import { type InSteps, projectViewed } from '@faircopy/store-core/backend'
import type { ModelMend, ModelMendCode } from './model-mend.ts'
import { isReasoning, type ModelPiece, modelPiece, thinkingOf } from './model-piece.ts'
import { SUMMARY_LABEL } from './model-placeholder.ts'
import { asksTheModel, type ModelCall, type ModelResult, type ModelStep } from './model-step.ts'
import { isBlank } from './model-text.ts'

const ROLES: ReadonlySet<string> = new Set(['system', 'developer', 'user', 'assistant', 'tool'])

/** A transcript in steps. */
export interface ModelSteps {
  readonly steps: readonly ModelStep[]
  /** Mends of entries that no step stands near. */
  readonly mends: readonly ModelMend[]
}

/**
 * The steps of a transcript as a model may see them (S16), each call with its result: results are found wherever they
 * stand, and what belongs to no call is left out. A delivery that came into the open turn stands in front of it, so
 * that the model answers the person and not the delivery.
 */
export function* modelSteps(entries: readonly Entry[], codec: Codec): InSteps<ModelSteps> {
  const unknown = new WeakSet<MessageView>()
  const known = withKnownRoles(codec, unknown)
  const viewed: ProjectedEntry[] = []
  for (const entry of entries) {
    viewed.push({ entry, view: known.view(parseRecord(entry.record)) })
    yield
  }
  const steps = new StepList()
  let before = 0
  for (const { entry, view } of projectViewed(viewed, 'model')) {
    yield
    if (entry.kind === 'compaction') {
      const isSilent = view.parts.every((part) => part.type === 'text' && isBlank(part.text))
      if (isSilent) steps.report('empty-left-out', entry.id)
      else steps.add(summary(entry, view))
      continue
    }
    if (unknown.has(view)) steps.report('role-left-out', entry.id)
    else if (entry.kind === 'delivery') steps.add(delivery(entry, view, entry.seq < before))
    else addMessage(steps, entry, view)
    before = Math.max(before, entry.seq)
  }
  return { steps: summaryBehindSystem(deliveriesBeforeOpenTurn(steps.steps)), mends: steps.unplaced }
}

/** `function` is what `tool` was called once. A delivery keeps its words whatever its role; a message does not. */
function withKnownRoles(codec: Codec, unknown: WeakSet<MessageView>): Codec {
  return {
    name: codec.name,
    view(record) {
      const view = codec.view(record)
      if (view.role !== null && ROLES.has(view.role)) return view
      if (view.role === 'function') return { ...view, role: 'tool' }
      const shown = { ...view, role: 'assistant' }
      unknown.add(shown)
      return shown
    },
  }
}

class StepList {
  readonly steps: ModelStep[] = []
  /** Mends from before the first step; the first one takes them. */
  readonly unplaced: ModelMend[] = []
  /** The calls of each id, so that the next to be answered is the last: of the latest step the first. */
  readonly #calls = new Map<string, { readonly step: ModelStep; readonly call: ModelCall }[]>()

  add(step: ModelStep): void {
    step.mends.unshift(...this.unplaced.splice(0))
    this.steps.push(step)
    for (const call of step.calls.toReversed()) {
      if (call.id === null) continue
      const sameId = this.#calls.get(call.id)
      if (sameId) sameId.push({ step, call })
      else this.#calls.set(call.id, [{ step, call }])
    }
  }

  report(code: ModelMendCode, entryId: number): void {
    const mends = this.steps.at(-1)?.mends ?? this.unplaced
    mends.push({ code, entryId })
  }

  answer(callId: string | null, result: ModelResult): void {
    const found = callId === null ? this.#lastUnanswered() : this.#unanswered(callId)
    if (found) {
      const { step, call } = found
      call.result = result
      if (callId === null) step.mends.push({ code: 'result-matched', entryId: result.entryId })
      if (step !== this.steps.at(-1)) step.mends.push({ code: 'result-moved', entryId: result.entryId })
      return
    }
    const isRepeat = callId !== null && this.#calls.has(callId)
    this.report(isRepeat ? 'result-repeated' : 'result-orphaned', result.entryId)
  }

  #unanswered(callId: string): { readonly step: ModelStep; readonly call: ModelCall } | undefined {
    const waiting = this.#calls.get(callId)
    let last = waiting?.pop()
    while (last && last.call.result !== null) last = waiting?.pop()
    return last
  }

  #lastUnanswered(): { readonly step: ModelStep; readonly call: ModelCall } | undefined {
    const step = this.steps.at(-1)
    const call = step?.calls.find(({ result }) => result === null)
    return step && call && { step, call }
  }
}

function summary(entry: Entry, view: MessageView): ModelStep {
  const pieces = [{ type: 'text', text: SUMMARY_LABEL } as const, ...view.parts.map(modelPiece)]
  return { ...step(entry, view, 'user', joinedLabel(pieces)), origin: 'compaction' }
}

function delivery(entry: Entry, view: MessageView, isMoved: boolean): ModelStep {
  const role = view.role === 'user' ? 'user' : 'assistant'
  const shown = {
    ...step(entry, view, role, joinedLabel(view.parts.map(modelPiece))),
    origin: 'delivery' as const,
  }
  if (isMoved) shown.mends.push({ code: 'delivery-moved', entryId: entry.id })
  if (view.toolCalls.length > 0) shown.mends.push({ code: 'calls-left-out', entryId: entry.id })
  return shown
}

/** A label stands in one text with the words that it is for. */
function joinedLabel(pieces: readonly ModelPiece[]): ModelPiece[] {
  const [label, first, ...others] = pieces
  if (label?.type !== 'text' || first?.type !== 'text') return [...pieces]
  return [{ type: 'text', text: label.text + first.text }, ...others]
}

function addMessage(steps: StepList, entry: Entry, view: MessageView): void {
  if (view.role === 'tool') {
    steps.answer(view.toolCallId, {
      entryId: entry.id,
      pieces: view.parts.map(modelPiece),
      isError: view.rest['is_error'] === true,
    })
  } else if (view.role === 'user') {
    const results = view.parts.flatMap((part) => (toolResult(entry, part) ? [part] : []))
    for (const part of results) {
      const found = toolResult(entry, part)
      if (found) steps.answer(found.callId, found.result)
    }
    const said = view.parts.filter((part) => !results.includes(part))
    if (said.length > 0 || results.length === 0) {
      addSaid(steps, entry, view, step(entry, view, 'user', said.map(modelPiece)))
    }
  } else if (view.role === 'assistant') {
    const calls = callsOf(view)
    const parts = view.parts.filter((part) => !isToolUse(part))
    steps.add({ ...step(entry, view, 'assistant', assistantPieces(view, parts)), calls })
  } else {
    addSaid(steps, entry, view, step(entry, view, 'system', view.parts.map(modelPiece)))
  }
}

function addSaid(steps: StepList, entry: Entry, view: MessageView, said: ModelStep): void {
  if (view.toolCalls.length > 0) said.mends.push({ code: 'calls-left-out', entryId: entry.id })
  steps.add(said)
}

function step(entry: Entry, view: MessageView, role: ModelStep['role'], pieces: ModelPiece[]): ModelStep {
  const name = view.rest['name']
  return {
    entryId: entry.id,
    origin: 'message',
    role,
    pieces,
    speaker: role === 'user' && typeof name === 'string' && name !== '' ? name : null,
    calls: [],
    rest: view.rest,
    mends: [],
  }
}

function assistantPieces(view: MessageView, parts: readonly ContentPart[]): ModelPiece[] {
  const pieces = parts.map(modelPiece)
  const shown = pieces.filter((piece, at) => {
    const part = parts[at]
    return piece.type !== 'other' || part === undefined || !isReasoning(part)
  })
  const hasThinking = shown.some(({ type }) => type === 'thinking')
  const thinking = hasThinking ? [] : thinkingOf(view.rest['reasoning_details'])
  const refusal = view.rest['refusal']
  const refused: ModelPiece[] = typeof refusal === 'string' ? [{ type: 'text', text: refusal }] : []
  return [...thinking, ...shown, ...refused]
}

function callsOf(view: MessageView): ModelCall[] {
  const raw = Array.isArray(view.rawToolCalls) ? view.rawToolCalls : []
  const named = view.toolCalls.map((call, at) => ({ ...call, raw: objectOf(raw[at]), result: null }))
  const ids = new Set(named.map(({ id }) => id))
  const blocks = view.parts.flatMap((part): ModelCall[] => {
    if (!isToolUse(part)) return []
    const { id, name, input } = part.value
    const own = typeof id === 'string' ? id : null
    // A codec may tell the blocks as calls too.
    if (named.length > 0 && (own === null || ids.has(own))) return []
    return [
      {
        id: own,
        name: typeof name === 'string' ? name : null,
        arguments: input ?? null,
        raw: part.value,
        result: null,
      },
    ]
  })
  const legacy = view.rest['function_call']
  if (named.length + blocks.length > 0 || !isJsonObject(legacy)) return [...named, ...blocks]
  const name = typeof legacy['name'] === 'string' ? legacy['name'] : null
  return [{ id: null, name, arguments: legacy['arguments'] ?? null, raw: legacy, result: null }]
}

function isToolUse(part: ContentPart): part is { readonly type: 'other'; readonly value: JsonObject } {
  return part.type === 'other' && isJsonObject(part.value) && part.value['type'] === 'tool_use'
}

function toolResult(entry: Entry, part: ContentPart): { callId: string; result: ModelResult } | null {
  if (part.type === 'text' || !isJsonObject(part.value) || part.value['type'] !== 'tool_result') return null
  const { tool_use_id: callId, content = null, is_error: isError } = part.value
  if (typeof callId !== 'string') return null
  return {
    callId,
    result: { entryId: entry.id, pieces: partsOf(content).map(modelPiece), isError: isError === true },
  }
}

function partsOf(content: JsonValue): ContentPart[] {
  if (content === null) return []
  if (typeof content === 'string') return [{ type: 'text', text: content }]
  return (Array.isArray(content) ? content : [content]).map((value: JsonValue) => ({ type: 'other', value }))
}

function objectOf(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {}
}

/**
 * While a person waits for an answer the last word is theirs, or a tool's: an assistant's message at the end would be
 * taken for the beginning of the answer.
 */
function deliveriesBeforeOpenTurn(steps: readonly ModelStep[]): ModelStep[] {
  const isDelivered = ({ origin, role }: ModelStep): boolean => origin === 'delivery' && role === 'assistant'
  const last = steps.findLast((one) => !isDelivered(one) && one.role !== 'system')
  if (!last || !asksTheModel(last) || last.origin === 'compaction') return [...steps]
  const asked = steps.findLastIndex(({ role, origin }) => role === 'user' && origin !== 'compaction')
  const start = asked === -1 ? steps.findIndex(({ calls }) => calls.length > 0) : asked
  const turn = steps.slice(start)
  const deliveries = turn.filter(isDelivered)
  for (const { entryId, mends } of deliveries) {
    if (mends.every(({ code }) => code !== 'delivery-moved')) mends.push({ code: 'delivery-moved', entryId })
  }
  return [...steps.slice(0, start), ...deliveries, ...turn.filter((one) => !isDelivered(one))]
}

/** The summary is what the conversation begins with; system messages that were kept still come first. */
function summaryBehindSystem(steps: readonly ModelStep[]): ModelStep[] {
  const [first, ...others] = steps
  if (first?.origin !== 'compaction') return [...steps]
  const said = others.findIndex(({ role }) => role !== 'system')
  const system = said === -1 ? others : others.slice(0, said)
  return [...system, first, ...others.slice(system.length)]
}
