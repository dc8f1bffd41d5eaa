import { modelMessages } from '@faircopy/gateway'
import { createMemoryStore } from '@faircopy/store-core/memory'
import { describe, expect, it } from 'vitest'

function compute(ms: number): void {
  const begun = performance.now()
  while (performance.now() - begun < ms);
}

describe('S20 a view for a model', () => {
  it('S20 gives the event loop its turns while it is made, whatever the tokens are counted with', async () => {
    const store = createMemoryStore()
    const entries = Array.from({ length: 60 }, (_, i) => ({
      record: { role: i % 2 ? 'assistant' : 'user', content: `${i}` },
    }))
    await store.append('s', entries, { create: {} })
    for (const provider of ['openai', 'anthropic'] as const) {
      let turns = 0
      let isOver = false
      const next = (): void => {
        turns++
        if (!isOver) setImmediate(next)
      }
      setImmediate(next)
      const view = await modelMessages(store, 's', {
        provider,
        countTokens(text) {
          compute(1)
          return text.length
        },
      })
      isOver = true
      expect(view.messages).toHaveLength(60)
      // Fifteen milliseconds is what sixteen texts take to count.
      expect(turns).toBeGreaterThanOrEqual(2)
    }
  })
})
