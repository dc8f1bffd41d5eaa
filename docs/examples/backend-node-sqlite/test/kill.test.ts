import { rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { expect, test } from 'vitest'
import { openStore } from '../open-store.ts'
import { kill, newPlace, startScript } from './subject.ts'

test('S1, S2 nothing that was acknowledged is lost where its process is killed, and nothing is stored by half', async () => {
  for (const after of [1, 7, 40]) {
    const path = newPlace()
    const child = startScript('append.ts', path)
    let acknowledged = 0
    await new Promise<void>((resolve) => {
      child.on('message', (n: number) => {
        acknowledged = n
        if (n >= after) resolve()
      })
    })
    await kill(child)
    const store = openStore({ path })
    const { entries } = await store.page('s', { limit: 1000 })
    const numbers = entries.map(({ record }) => (JSON.parse(record) as { n: number }).n)
    expect(numbers.length).toBeGreaterThanOrEqual(acknowledged)
    expect(numbers).toEqual(numbers.map((_, i) => i + 1))
    expect((await store.verify()).findings).toEqual([])
    const again = await store.append('s', { record: { n: acknowledged }, idempotencyKey: `${acknowledged}` })
    expect(again.entries[0]?.already).toBe(true)
    await store.close()
    rmSync(dirname(path), { recursive: true })
  }
})
