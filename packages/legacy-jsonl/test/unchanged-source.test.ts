import { planImport, runImport } from '@faircopy/legacy-jsonl'
import { createMemoryStore, type MemoryStore } from '@faircopy/store-core/memory'
import { describe, expect, test } from 'vitest'
import { said, type Told, type ToldSession, toldSource, turn } from './told-source.ts'

const ok: Told = said('user', 'ok')

/** A session that was imported, and is imported again as it was once something was done in the store. */
async function again(
  session: Omit<ToldSession, 'id'>,
  since: (store: MemoryStore, later: () => void) => Promise<unknown>,
) {
  let now = 1000
  const store = createMemoryStore({ now: () => now })
  const source = () => toldSource([{ id: 's', ...session }])
  await runImport(await planImport(source(), store))
  await since(store, () => {
    now += 1000
  })
  const { importId, sessions } = await runImport(await planImport(source(), store))
  const { verdict, entries, problems = [] } = sessions[0] ?? {}
  return {
    wrote: importId !== null,
    verdict,
    entries,
    problems: problems.map(({ code, detail }) => [code, detail]),
  }
}

/** Leaves the first entries, and forgets the others for good. */
async function forget(store: MemoryStore, from: number, later: () => void): Promise<void> {
  await store.replace('s', { from, entries: [] })
  later()
  await store.prune({ historyOlderThan: 0, dryRun: false })
}

const of = (count: number): string => `${count} of the messages of session "s"`

describe('a source that is what it was, held against what the store says now', () => {
  test('says the same, or less once something was appended, undone and written again', async () => {
    const file = [...turn('a'), ok, ok]
    expect(await again({ file }, async () => {})).toMatchObject({ verdict: 'identical', problems: [] })
    const appended = await again({ file }, (store) => store.append('s', { record: ok.text }))
    expect(appended).toMatchObject({ wrote: false, verdict: 'kept', entries: { canonical: 5, merged: 5 } })
    const changed = await again({ file }, (store) =>
      store.replace('s', { from: 4, entries: [{ record: turn('b')[0]?.text ?? '' }] }),
    )
    expect(changed).toMatchObject({ verdict: 'kept', entries: { canonical: 4 }, problems: [] })
    const same = await again({ file }, (store) =>
      store.replace('s', { from: 4, entries: [{ record: ok.text }] }),
    )
    expect(same).toMatchObject({ verdict: 'identical', entries: { canonical: 4 }, problems: [] })
  })

  test('is told of what was redacted and of what was pruned, each message once', async () => {
    const file = [...turn('a'), ...turn('b'), ok, ok, ok]
    const lost = await again({ file }, async (store, later) => {
      await store.redact('s', 1, 'what do you think')
      later()
      await store.replace('s', { from: 4, entries: [{ record: ok.text }] })
      later()
      await store.prune({ historyOlderThan: 0, dryRun: false })
    })
    expect(lost).toMatchObject({ wrote: false, verdict: 'kept' })
    expect(lost.problems).toEqual([
      ['redacted', `a text was redacted from ${of(1)}`],
      ['pruned', `${of(3)} are not in the store any more`],
    ])
  })

  test('is not told of what is history, nor where as much was redacted as is lacking', async () => {
    const file = [...turn('a'), ...turn('b')]
    const undone = await again({ file }, (store) => store.replace('s', { from: 3, entries: [] }))
    expect(undone).toMatchObject({ verdict: 'kept', entries: { canonical: 2 }, problems: [] })
    const redacted = await again({ file }, (store) => store.redact('s', 2, 'I think so'))
    expect(redacted.verdict).toBe('kept')
    expect(redacted.problems).toEqual([['redacted', `a text was redacted from ${of(1)}`]])
  })

  test('does not say the same where a text is gone from beside the message', async () => {
    const noted = said('user', 'a message with a note', { note: 'a secret' })
    const file = [...turn('a'), noted]
    const redacted = await again({ file }, (store) => store.redact('s', 3, 'secret'))
    expect(redacted).toMatchObject({ verdict: 'kept', entries: { canonical: 3 } })
    expect(redacted.problems).toEqual([['redacted', `a text was redacted from ${of(1)}`]])
  })

  test('of two witnesses is told of what either lacks most', async () => {
    const [database, file] = [
      [...turn('a'), ...turn('b'), ok],
      [...turn('a'), ...turn('b')],
    ]
    const lost = await again({ database, file }, async (store, later) => {
      later()
      await forget(store, 3, later)
    })
    expect(lost.problems).toEqual([['pruned', `${of(3)} are not in the store any more`]])
  })

  test('and of rows that were written twice by mistake is compared message by message', async () => {
    const rows = [...turn('a'), ...turn('b')].flatMap((told, i) => [
      { ...told, at: i * 60_000 },
      { ...told, at: i * 60_000 + 1 },
    ])
    const file = [...turn('a'), ...turn('b')]
    expect(await again({ database: rows, file }, async () => {})).toMatchObject({
      wrote: false,
      problems: [],
    })
    const other = said('user', 'something else in its place')
    const changed = await again({ database: rows, file }, (store) =>
      store.replace('s', { from: 4, entries: [{ record: other.text }] }),
    )
    expect(changed).toMatchObject({ verdict: 'kept', problems: [] })
  })
})
