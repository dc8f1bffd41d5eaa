import { type ModelProvider, modelView } from '@faircopy/gateway'
import { type Entry, openaiChat } from '@faircopy/store-core'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { acceptedByAnthropic } from './anthropic-rules.ts'
import { type MadeTranscript, transcripts } from './model-transcripts.ts'
import { acceptedByOpenAi } from './openai-rules.ts'

const KEEPS = ['extra_content', 'reasoning_content']

const providers: readonly { provider: ModelProvider; accepted: (view: Shown) => void }[] = [
  { provider: 'openai', accepted: ({ messages }) => acceptedByOpenAi(messages) },
  {
    provider: { style: 'openai', alternate: true },
    accepted: ({ messages }) => acceptedByOpenAi(messages, { alternates: true }),
  },
  {
    provider: { style: 'openai', keeps: KEEPS },
    accepted: ({ messages }) => acceptedByOpenAi(messages, { knows: KEEPS }),
  },
  {
    provider: 'anthropic',
    accepted: (view) => {
      acceptedByAnthropic({ system: view.system, messages: view.messages })
      expect(JSON.stringify(view)).not.toContain('thinking"')
    },
  },
  {
    provider: { style: 'anthropic', thinking: 'keep' },
    accepted: ({ system, messages }) => acceptedByAnthropic({ system, messages }),
  },
]

interface Shown {
  readonly system?: unknown
  readonly messages: readonly { readonly role: string; readonly content: unknown }[]
  readonly mends: readonly { readonly code: string; readonly entryId: number }[]
  readonly tokens: number
  readonly overBudget: boolean
  readonly omitted: number
  readonly awaitsModel: boolean
}

function shown(entries: readonly Entry[], provider: ModelProvider, maxTokens?: number): Shown {
  return modelView(entries, openaiChat, {
    provider,
    ...(maxTokens === undefined ? {} : { maxTokens }),
  }) as Shown
}

function isOfAPerson(record: string): boolean {
  return (JSON.parse(record) as { role?: unknown }).role === 'user'
}

function nothingSaidIsMissing(view: Shown, { marks }: MadeTranscript): void {
  const texts = view.messages.map(({ role, content }) => ({ role, text: JSON.stringify(content) }))
  const people = marks.filter(({ isDelivery }) => !isDelivery)
  const inOrder: number[] = []
  for (const { mark, isDelivery } of marks) {
    const held = texts.flatMap(({ role, text }, at) => {
      const first = text.indexOf(mark)
      return first === -1 ? [] : [{ role, at, first, times: text.split(mark).length - 1 }]
    })
    expect(held.length, `${mark} is told in one message`).toBe(1)
    const [{ role = '', at = 0, first = 0, times = 0 } = {}] = held
    expect(times, `${mark} is told once`).toBe(1)
    if (isDelivery) expect(texts[at]?.text.slice(0, first)).toContain('[Delivered from cron] ')
    else {
      expect(role).toBe('user')
      inOrder.push(at * 1e9 + first)
    }
  }
  expect(inOrder).toEqual([...inOrder].sort((a, b) => a - b))
  expect(inOrder.length).toBe(people.length)
}

for (const { provider, accepted } of providers) {
  const name = typeof provider === 'string' ? provider : JSON.stringify(provider)

  test(`S16 ${name}: any transcript is accepted, and nothing a person said or received is missing`, () => {
    fc.assert(
      fc.property(transcripts, (made) => {
        const before = JSON.stringify(made.entries)
        const view = shown(made.entries, provider)
        accepted(view)
        nothingSaidIsMissing(view, made)
        expect(JSON.stringify(view.messages)).not.toContain('never')
        expect(JSON.stringify(made.entries)).toBe(before)
        expect(shown(made.entries, provider)).toEqual(view)
        const ids = new Set(made.entries.map(({ id }) => id))
        for (const { entryId } of view.mends) expect(ids.has(entryId)).toBe(true)
        const last = view.messages.findLast(({ role }) => role !== 'system')?.role
        if (view.awaitsModel) expect(last === 'user' || last === 'tool').toBe(true)
      }),
      { numRuns: 400 },
    )
  })

  test(`S16 ${name}: a view within a budget is accepted, and keeps what it must`, () => {
    fc.assert(
      fc.property(transcripts, fc.integer({ min: 0, max: 4000 }), (made, maxTokens) => {
        const whole = shown(made.entries, provider)
        const view = shown(made.entries, provider, maxTokens)
        accepted(view)
        expect(view.overBudget).toBe(view.tokens > maxTokens)
        expect(view.omitted === 0).toBe(view.tokens === whole.tokens)
        const text = JSON.stringify(view.messages)
        const asked = made.entries.findLast(({ kind, record }) => kind === 'message' && isOfAPerson(record))
        const mustBe = made.marks.find(({ mark }) => mark === `mark-${asked?.id}-`)
        if (mustBe) expect(text).toContain(mustBe.mark)
        const kept = made.marks.filter(({ mark, isDelivery }) => !isDelivery && text.includes(mark))
        const people = made.marks.filter(({ isDelivery }) => !isDelivery)
        expect(kept).toEqual(people.slice(people.length - kept.length))
        if (whole.tokens <= maxTokens) expect(view).toEqual({ ...whole, overBudget: false })
      }),
      { numRuns: 400 },
    )
  })
}
