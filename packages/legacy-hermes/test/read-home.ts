import { type HermesHomeOptions, openHermesHome } from '@faircopy/legacy-hermes'
import type {
  LegacyEntry,
  LegacySession,
  LegacySource,
  LegacyWitness,
  WitnessItem,
} from '@faircopy/legacy-jsonl'
import { onTestFinished } from 'vitest'

/** Opens a home and closes it when the test ends. */
export async function open(path: string, options?: HermesHomeOptions): Promise<LegacySource> {
  const source = await openHermesHome(path, options)
  onTestFinished(() => source.close())
  return source
}

export async function sessionsOf(source: LegacySource): Promise<LegacySession[]> {
  return await Array.fromAsync(source.sessions())
}

export async function sessionOf(source: LegacySource, id: string): Promise<LegacySession> {
  const found = (await sessionsOf(source)).find((session) => session.id === id)
  if (!found) throw new Error(`no session ${id}`)
  return found
}

export async function readAll(
  witness: LegacyWitness | null,
): Promise<{ readonly items: WitnessItem[]; readonly digest: string }> {
  if (!witness) throw new Error('no witness')
  const reading = witness.read()
  const items = await Array.fromAsync(reading)
  return { items, digest: reading.digest }
}

export async function entriesOf(witness: LegacyWitness | null): Promise<LegacyEntry[]> {
  const { items } = await readAll(witness)
  return items.map((item) => {
    if (item.as !== 'entry') throw new Error(`a ${item.as} item`)
    return item.entry
  })
}

/** Opens a home, reads what the database tells of a session, and closes it. */
export async function told(home: string, id: string, options?: HermesHomeOptions): Promise<LegacyEntry[]> {
  const source = await openHermesHome(home, options)
  try {
    return await entriesOf((await sessionOf(source, id)).database)
  } finally {
    await source.close()
  }
}
