import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { openSqliteStore } from '@faircopy/store-sqlite'
import { expect, test } from 'vitest'
import { faircopy } from './faircopy.ts'
import { writeHome } from './hermes-home.ts'
import { runHere } from './run-here.ts'
import { temporaryFolder } from './temporary-folder.ts'

const ID = '20260302_100000_aaaaaaaa'
const LONG_AGO = Date.now() - 40 * 24 * 3_600_000

const META = { role: 'session_meta', platform: 'telegram' }
const GARDEN = { role: 'user', content: 'the garden is quiet in the morning' }
const NOON = { role: 'assistant', content: 'and green at noon, I am told' }
const other = (content: string) => ({ record: { role: 'user', content } })

type Store = Awaited<ReturnType<typeof openSqliteStore>>

/** A home that was imported whole, and its store, to which something was done since. */
class Place {
  readonly home = join(temporaryFolder(), 'home')
  readonly db = join(temporaryFolder(), 'faircopy.db')

  static async imported(does: (store: Store) => Promise<unknown>): Promise<Place> {
    const place = new Place()
    const file = Buffer.from([META, GARDEN, NOON].map((line) => `${JSON.stringify(line)}\n`).join(''))
    writeHome(place.home, [{ id: ID, file, rows: null }])
    await place.json('import', place.home)
    const store = await openSqliteStore({ path: place.db, now: () => LONG_AGO })
    await does(store)
    await store.close()
    return place
  }

  run(...args: readonly string[]) {
    return runHere([...args, '--db', this.db])
  }

  async json(...args: readonly string[]) {
    const { code, stdout } = await this.run(...args, '--json')
    return { code, told: JSON.parse(stdout) }
  }

  /** What an audit, a dry run and an import say of the session: the same, and nothing is written. */
  async planned() {
    const said = []
    for (const command of [['audit'], ['import', '--dry-run'], ['import']]) {
      const { code, told } = await this.json(...command, this.home)
      const { sessions, sources, importId } = told
      expect(importId).toBeNull()
      const { verdict, entries } = sessions[0]
      const problems = sources[0].problems.map((each: { code: string }) => each.code)
      said.push({ code, verdict, canonical: entries.canonical, problems })
    }
    for (const each of said) expect(each).toEqual(said[0])
    return said[0]
  }

  async differences() {
    const { told } = await this.json('audit', this.home)
    return told.sessions[0].store.differences
  }

  async proof() {
    const { code, told } = await this.json('verify', '--against', this.home)
    const [{ findings, sessions }] = told.against
    return { code, findings: findings.map((each: { code: string }) => each.code), session: sessions[0] }
  }

  async stays() {
    const { told } = await this.json('archive', this.home, '--dry-run', '--unanchored')
    return told.stays.map((each: { code: string }) => each.code)
  }
}

test('a session that nothing was done to says the same', async () => {
  const place = await Place.imported(async () => {})
  expect(await place.planned()).toEqual({ code: 0, verdict: 'identical', canonical: 2, problems: [] })
  expect(await place.differences()).toEqual([])
  expect((await place.proof()).code).toBe(0)
  expect(await place.stays()).toEqual([])
})

test('equal counts are not taken for equal messages, and what was cleared is counted as it is', async () => {
  const cleared = await Place.imported((store) => store.replace(ID, { from: 1, entries: [] }))
  expect(await cleared.planned()).toEqual({ code: 0, verdict: 'kept', canonical: 0, problems: [] })
  const grown = await Place.imported(async (store) => {
    await store.replace(ID, { from: 1, entries: [] })
    for (const content of ['something else', 'and something more']) await store.append(ID, other(content))
  })
  expect(await grown.planned()).toEqual({ code: 0, verdict: 'kept', canonical: 2, problems: [] })
  for (const place of [cleared, grown]) {
    expect((await place.proof()).code).toBe(0)
    expect(await place.stays()).toEqual([])
  }
})

test('what was redacted is told as that, is no finding, and leaves its file, the only place that has the text', async () => {
  const place = await Place.imported((store) => store.redact(ID, 2, 'garden'))
  expect(await place.planned()).toEqual({ code: 0, verdict: 'kept', canonical: 2, problems: ['redacted'] })
  expect(await place.differences()).toEqual([{ code: 'redacted', messages: 1 }])
  const { code, findings, session } = await place.proof()
  expect([code, findings, session.proven, session.redacted]).toEqual([0, [], true, 1])
  const text = await faircopy(['verify', '--against', place.home, '--db', place.db])
  expect(text.stdout).toContain('0 certificates, 1 line or row redacted since: all proven')
  expect(await place.stays()).toEqual(['redacted'])
})

test('what left a session and was pruned is told as that, by every command, and not as damage', async () => {
  const place = await Place.imported((store) => store.replace(ID, { from: 3, entries: [] }))
  expect(await place.planned()).toEqual({ code: 0, verdict: 'kept', canonical: 1, problems: [] })
  await place.run('prune', '--history-older-than', '30d', '--yes')
  expect(await place.planned()).toEqual({ code: 2, verdict: 'kept', canonical: 1, problems: ['pruned'] })
  const { code, findings } = await place.proof()
  expect([code, findings]).toEqual([2, ['line-pruned']])
  expect(await place.stays()).toEqual(['pruned'])
  const audit = await place.run('audit', place.home)
  expect(audit.stdout).toContain("0 sessions can be brought over whole, 1 in part, 0 can't.")
  const { told } = await place.json('import', place.home)
  const { next } = told.sources[0].problems[0]
  const fresh = join(temporaryFolder(), 'new.db')
  expect(next).toBe(`faircopy import ${place.home} --db NEW`)
  expect((await runHere(['import', place.home, '--db', fresh])).code).toBe(0)
  expect((await runHere(['verify', '--against', place.home, '--db', fresh])).code).toBe(0)
})

test('a prune that takes nothing which the source tells is no finding', async () => {
  const place = await Place.imported(async (store) => {
    await store.append(ID, other('said and taken back'))
    await store.replace(ID, { from: 4, entries: [] })
  })
  await place.run('prune', '--history-older-than', '30d', '--yes')
  expect(await place.planned()).toEqual({ code: 0, verdict: 'identical', canonical: 2, problems: [] })
  expect((await place.proof()).code).toBe(0)
  expect(await place.stays()).toEqual([])
})

test('an import that leaves all of it undecided does not say that no message is new', async () => {
  const place = await Place.imported((store) => store.append(ID, other('said live')))
  const { told } = await place.json('status')
  await place.run('import', '--undo', told.imports[0].id, '--yes')
  const { code, stdout } = await place.run('import', place.home)
  expect(code).toBe(2)
  expect(stdout.split('\n')[0]).toBe(
    `No message of ${place.home} (hermes) was brought into ${place.db}, which notes what was read; 1 undecided`,
  )
})

test('what was pruned is told too where the source grew and its order is not known', async () => {
  for (const isPruned of [false, true]) {
    const place = await Place.imported(async (store) => {
      await store.replace(ID, { from: 3, entries: [] })
      await store.append(ID, other('a thing that was said live instead'))
    })
    if (isPruned) await place.run('prune', '--history-older-than', '30d', '--yes')
    const more = JSON.stringify({ role: 'user', content: 'the file goes on with something else' })
    appendFileSync(join(place.home, `sessions/${ID}.jsonl`), `${more}\n`)
    const { told } = await place.json('import', '--dry-run', place.home)
    expect(told.sessions[0]).toMatchObject({ verdict: 'ambiguous', reason: 'several-orders' })
    const problems = told.sources[0].problems.map((each: { detail: string }) => each.detail)
    expect(problems).toEqual(
      isPruned ? [`1 of the messages of session "${ID}" are not in the store any more`] : [],
    )
  }
})
