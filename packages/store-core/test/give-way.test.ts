import {
  atOnce,
  eachInTurn,
  giveWay,
  type InSteps,
  inTurns,
  isHeld,
  isHeldLately,
} from '@faircopy/store-core/backend'
import { createMemoryStore } from '@faircopy/store-core/memory'
import { describe, expect, it } from 'vitest'

/** Longer than the loop is held for before somebody gives way. */
const TOO_LONG_MS = 7

function compute(ms: number): void {
  const begun = performance.now()
  while (performance.now() - begun < ms);
}

/** Tells of the event loop's next turn. */
function nextTurn(): { readonly came: boolean } {
  const turn = { came: false }
  setImmediate(() => {
    turn.came = true
  })
  return turn
}

/** A place in the middle of a turn, where nobody has held the loop yet. */
function newTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
}

describe('S20 giving way', () => {
  it('S20 waits for a turn where the loop was held for long, by whomever', async () => {
    await newTurn()
    const turn = nextTurn()
    isHeld()
    compute(TOO_LONG_MS)
    expect(isHeld()).toBe(true)
    await giveWay()
    expect(turn.came).toBe(true)
  })

  it('S20 is remembered until the turn, so that all who ask less often stop as well', async () => {
    await newTurn()
    isHeld()
    compute(TOO_LONG_MS)
    expect(isHeld()).toBe(true)
    expect(Array.from({ length: 100 }, () => isHeldLately()).every(Boolean)).toBe(true)
    await giveWay()
  })

  it('S20 who asks less often is told soon', async () => {
    await newTurn()
    isHeld()
    compute(TOO_LONG_MS)
    expect(Array.from({ length: 16 }, () => isHeldLately()).at(-1)).toBe(true)
    await giveWay()
  })

  it('S20 of many that wait, each goes on only when those before it have not held the loop for long again', async () => {
    await newTurn()
    let turns = 0
    let isOver = false
    const count = (): void => {
      turns++
      if (!isOver) setImmediate(count)
    }
    setImmediate(count)
    isHeld()
    compute(TOO_LONG_MS)
    const each = async (): Promise<void> => {
      await giveWay()
      compute(TOO_LONG_MS)
    }
    await Promise.all(Array.from({ length: 10 }, each))
    isOver = true
    expect(turns).toBeGreaterThanOrEqual(9)
  })

  it('S20 work on many values and work in steps has turns between, and comes to the same as at once', async () => {
    function* summing(): InSteps<number> {
      let sum = 0
      for (let i = 1; i <= 40; i++) {
        compute(1)
        sum += i
        yield
      }
      return sum
    }
    await newTurn()
    const turn = nextTurn()
    expect(await inTurns(summing())).toBe(820)
    expect(turn.came).toBe(true)
    expect(atOnce(summing())).toBe(820)
    await newTurn()
    const another = nextTurn()
    const seen: [string, number][] = []
    await eachInTurn(new Set(Array.from({ length: 40 }, (_, i) => `${i}`)), (value, at) => {
      compute(1)
      seen.push([value, at])
    })
    expect(another.came).toBe(true)
    expect(seen).toEqual(Array.from({ length: 40 }, (_, i) => [`${i}`, i]))
  })

  it('S20 the store in memory gives way in its streams and between its calls', async () => {
    const store = createMemoryStore()
    const entries = Array.from({ length: 60 }, (_, i) => ({ record: { role: 'user', content: `${i}` } }))
    await store.append('s', entries, { create: {} })
    await store.replace('s', { from: 11, entries })
    const streams = [() => store.read('s'), () => store.readGeneration('s', 1), () => store.history('s')]
    for (const stream of streams) {
      await newTurn()
      const turn = nextTurn()
      for await (const _ of stream()) compute(1)
      expect(turn.came).toBe(true)
    }
    for (const call of [
      () => store.get('s'),
      () => store.page('s'),
      () => store.list(),
      () => store.changes(),
    ]) {
      await newTurn()
      const turn = nextTurn()
      for (let i = 0; i < 3; i++) {
        await call()
        compute(TOO_LONG_MS)
      }
      expect(turn.came).toBe(true)
    }
  })
})
