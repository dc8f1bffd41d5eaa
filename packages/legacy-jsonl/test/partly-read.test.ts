import {
  type LegacySource,
  type LegacyWitness,
  planImport,
  runImport,
  SourceUnreadable,
  verifySource,
} from '@faircopy/legacy-jsonl'
import { createMemoryStore } from '@faircopy/store-core/memory'
import { expect, test } from 'vitest'
import { said, type ToldSession, toldSource, turn } from './told-source.ts'

/** A source of which one witness of each session cannot be read. */
function without(kind: 'file' | 'database', told: ToldSession[]): LegacySource {
  const source = toldSource(told)
  const unreadable = (witness: LegacyWitness | null): LegacyWitness | null =>
    witness && {
      ...witness,
      read() {
        throw new SourceUnreadable(witness.path, 'it failed with EIO')
      },
    }
  return {
    ...source,
    async *sessions() {
      for await (const session of source.sessions()) yield { ...session, [kind]: unreadable(session[kind]) }
    },
  }
}

const YEAR = 365 * 24 * 3_600_000

test.for(['file', 'database'] as const)(
  'S27 what was imported without its %s, which could not be read, waits for it',
  async (kind) => {
    const told = [
      { id: 's', database: turn('garden'), file: [...turn('garden'), said('user', 'and the pond?')] },
    ]
    const store = createMemoryStore()
    const part = await runImport(await planImport(without(kind, told), store))
    expect(part.sessions[0]?.reason).toBe('partly-read')
    const again = await planImport(without(kind, told), store)
    expect([again.sessions[0]?.work, again.sessions[0]?.report.reason]).toEqual([null, 'partly-read'])
    expect(again.sessions[0]?.report.verdict).not.toBe('identical')
    await store.update('s', { endedAt: Date.now() - YEAR })
    const policy = { endedOlderThan: 0, dryRun: false }
    expect(await store.prune(policy)).toMatchObject({ sessions: 0, awaiting: [{ id: 's' }] })

    const whole = await runImport(await planImport(toldSource(told), store))
    expect(whole.sessions[0]).not.toHaveProperty('reason')
    expect((await verifySource(toldSource(told), store)).findings).toEqual([])
    expect(await store.prune(policy)).toMatchObject({ sessions: 1, awaiting: [] })
  },
)
