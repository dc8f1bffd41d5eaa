import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { driftScenarios } from './drift-scenarios.ts'
import { faircopy } from './faircopy.ts'
import { writeHome } from './hermes-home.ts'
import { runHere } from './run-here.ts'
import { message, sampleStore } from './sample-store.ts'
import { reportDocument } from './schemas.ts'
import { storeDump } from './store-dump.ts'
import { temporaryFolder } from './temporary-folder.ts'

async function report(db: string) {
  const { stdout, stderr, code } = await runHere(['report', '--json', '--db', db])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return reportDocument.parse(JSON.parse(stdout))
}

describe('of a store with imports', () => {
  const scenarios = driftScenarios()
  let db: string
  let home: string

  beforeAll(async () => {
    home = join(temporaryFolder(), 'home')
    writeHome(home, scenarios)
    db = join(temporaryFolder(), 'faircopy.db')
    await runHere(['import', home, '--db', db])
  })

  test('counts verdicts, lines and codes, and hashes who needs a person', async () => {
    const { store, failure } = await report(db)
    expect(failure).toBeNull()
    expect(store?.sessions).toBe(scenarios.length)
    const verdicts = Object.groupBy(scenarios, ({ verdict }) => verdict)
    expect(store?.imports).toMatchObject([{ format: 'hermes', sessions: scenarios.length }])
    expect(store?.imports[0]?.byVerdict).toEqual(
      Object.fromEntries(Object.entries(verdicts).map(([verdict, of]) => [verdict, of.length])),
    )
    expect(store?.attention.filter(({ verdict }) => verdict === 'ambiguous')).toHaveLength(
      verdicts.ambiguous?.length ?? 0,
    )
    expect(store?.quarantined['invalid-json']?.lines).toBeGreaterThan(0)
  })

  test('a session that was decided about needs nobody any more', async () => {
    const own = { home: join(temporaryFolder(), 'home'), db: join(temporaryFolder(), 'faircopy.db') }
    const undecided = scenarios.filter(({ verdict }) => verdict === 'ambiguous')
    writeHome(own.home, undecided)
    await runHere(['import', own.home, '--db', own.db])
    const needing = async (): Promise<number> => (await report(own.db)).store?.attention.length ?? -1
    expect(await needing()).toBe(undecided.length)
    for (const [i, { id }] of undecided.entries()) {
      const { code } = await runHere(['resolve', id, '--keep-canonical', '--db', own.db])
      expect(code).toBe(0)
      expect(await needing()).toBe(undecided.length - i - 1)
    }
  })

  test('hashes differ from report to report', async () => {
    const [first, second] = [await report(db), await report(db)]
    expect(first.store?.attention[0]?.session).not.toBe(second.store?.attention[0]?.session)
  })

  test('holds no text, title, path, id or name, in either form', async () => {
    const secrets = [
      home,
      db,
      ...scenarios.flatMap(({ id, says, about, index }) => [
        id,
        ...says.filter((text) => text.length > 5),
        ...[about, index].flatMap((object) =>
          Object.values(object ?? {}).filter((value) => typeof value === 'string'),
        ),
      ]),
    ].filter((secret) => secret !== 'telegram' && secret !== 'compression')
    for (const args of [[], ['--json']]) {
      const { stdout } = await runHere(['report', ...args, '--db', db])
      for (const secret of secrets) expect(stdout).not.toContain(secret)
      expect(stdout).toContain('Not in it: transcript text')
    }
  })

  test('writes nothing', async () => {
    const before = storeDump(db)
    await report(db)
    expect(storeDump(db)).toBe(before)
  })
})

test('names of a writer of its own stay out', async () => {
  const db = await sampleStore({
    session: { namespace: 'Ada Lovelace', id: 'ada' },
    about: { codec: 'codec-of-ada', title: 'About Ada', meta: { ada: 'Ada' }, origin: { platform: 'ada' } },
    entries: [message('user', 'I am Ada')],
  })
  for (const args of [[], ['--json']]) {
    const { stdout } = await faircopy(['report', ...args, '--db', db])
    expect(stdout).not.toMatch(/ada/i)
  }
  expect((await report(db)).store).toMatchObject({ byCodec: { other: 1 }, namespaces: 1, entries: 1 })
})

test('a store that is not there, or is none, is reported and no failure', async () => {
  const folder = temporaryFolder()
  expect(await report(join(folder, 'nothing.db'))).toMatchObject({
    store: null,
    failure: null,
    file: { bytes: null },
  })
  const path = join(folder, 'none.db')
  writeFileSync(path, 'this is no database, whatever its name may say')
  expect(await report(path)).toMatchObject({ store: null, failure: 'NOT_A_STORE', file: { bytes: 46 } })
  const { stdout } = await runHere(['report', '--db', path])
  expect(stdout).toContain('reading the store failed with NOT_A_STORE')
})
