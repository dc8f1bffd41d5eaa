import { appendFileSync, copyFileSync, cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openHermesHome } from '@faircopy/legacy-hermes'
import { SOURCE_FINDING_CODES, type SourceFinding, verifySource } from '@faircopy/legacy-jsonl'
import { openSqliteStore } from '@faircopy/store-sqlite'
import Database from 'better-sqlite3'
import { beforeAll, describe, expect, test } from 'vitest'
import { SOURCE_FINDING_COMMANDS } from '../src/context/code-commands.ts'
import { pythonJson, writeHome } from './hermes-home.ts'
import { runHere } from './run-here.ts'
import { proofDocument } from './schemas.ts'
import { Tampering } from './tampering.ts'
import { temporaryFolder } from './temporary-folder.ts'

const FILE_ONLY = '20260302_100000_aaaaaaaa'
const MERGED = '20260302_100001_bbbbbbbb'
const UNDECIDED = '20260302_100002_cccccccc'
const OTHER = '20260302_100003_dddddddd'

const user = (content: string) => ({ role: 'user', content })
const lines = (...records: object[]): Buffer =>
  Buffer.from(records.map((record) => `${pythonJson(record)}\n`).join(''))
const row = (content: string, more: object = {}) => ({
  role: 'user',
  content,
  timestamp: 1772445600,
  ...more,
})

let home: string
let imported: string

beforeAll(async () => {
  home = join(temporaryFolder(), 'home')
  const said = (name: string, count: number) =>
    Array.from({ length: count }, (_, i) => `${name} says sentence number ${i}`)
  writeHome(home, [
    {
      id: FILE_ONLY,
      file: Buffer.concat([
        lines({ role: 'session_meta', tools: ['a'], model: 'm' }),
        lines(...said('ann', 5).map(user)),
        Buffer.from('no json at all\n'),
        lines(user('ann is done')),
      ]),
      rows: null,
    },
    {
      id: MERGED,
      file: lines(...said('ben', 6).map(user)),
      rows: [...said('ben', 2), ...said('ben', 6).slice(3), 'ben only in the database'].map((text) =>
        row(text, { finish_reason: 'stop' }),
      ),
    },
    {
      id: UNDECIDED,
      file: lines(user('the sturgeon of the lake'), user('sturgeon left')),
      rows: [row('the sturgeon of the lake'), row('sturgeon right')],
    },
    { id: OTHER, file: lines(...said('dan', 3).map(user)), rows: null },
  ])
  imported = join(temporaryFolder(), 'faircopy.db')
  expect((await runHere(['import', home, '--db', imported])).code).toBe(2)
})

/** A copy of the store as it was imported. */
function copyOfStore(): string {
  const copy = join(temporaryFolder(), 'faircopy.db')
  copyFileSync(imported, copy)
  return copy
}

interface Found {
  /** Codes that `verify` alone finds. */
  readonly plain: readonly string[]
  readonly findings: readonly SourceFinding[]
}

async function found(path: string): Promise<Found> {
  const store = await openSqliteStore({ path, readOnly: true })
  const source = await openHermesHome(home)
  try {
    const plain = (await store.verify()).findings.map(({ code }) => code)
    const { findings } = await verifySource(source, store)
    return { plain, findings: findings.filter(({ code }) => code !== 'undecided') }
  } finally {
    await source.close()
    await store.close()
  }
}

const words = (findings: readonly SourceFinding[]): string[] =>
  findings.map(({ code, session, line, row: number }) =>
    [code, session?.slice(-8, -7), line ?? (number === undefined ? undefined : `row ${number}`)]
      .filter((word) => word !== undefined)
      .join(' '),
  )

type Change = (tampering: Tampering, session: number) => void

describe('a store that was changed behind its back, so that verify alone finds nothing', () => {
  const cases: [string, string, Change, string[]][] = [
    [
      'an edited byte',
      FILE_ONLY,
      (t, s) => {
        const key = t.live(s)[2] as number
        t.put(key, { record: t.entry(key).record.replace('number 1', 'number 7') })
      },
      ['line-differs a 3'],
    ],
    [
      'an edited byte in white space',
      FILE_ONLY,
      (t, s) => {
        const key = t.live(s)[2] as number
        t.put(key, { record: t.entry(key).record.replace('{', '{ ') })
      },
      ['line-differs a 3'],
    ],
    [
      'an edited member that was added from the row',
      MERGED,
      (t, s) => {
        const key = t.live(s)[0] as number
        t.put(key, { record: t.entry(key).record.replace('"stop"', '"tool"') })
      },
      ['line-differs b row 1'],
    ],
    [
      'two swapped lines',
      FILE_ONLY,
      (t, s) => {
        const [one, two] = t.live(s).slice(2, 4) as [number, number]
        const [first, second] = [t.entry(one), t.entry(two)]
        t.put(one, second)
        t.put(two, first)
      },
      ['line-moved a 3'],
    ],
    [
      'two swapped lines that keep the other’s provenance',
      FILE_ONLY,
      (t, s) => {
        const [one, two] = t.live(s).slice(2, 4) as [number, number]
        const [first, second] = [t.entry(one), t.entry(two)]
        t.put(one, { record: second.record })
        t.put(two, { record: first.record })
      },
      ['line-differs a 3', 'line-differs a 4'],
    ],
    ['a lost line', FILE_ONLY, (t, s) => void t.drop(s), ['note-differs a', 'line-missing a 8']],
    [
      'a line lost in the middle',
      OTHER,
      (t, s) => {
        const [one, two] = t.live(s).slice(1, 3) as [number, number]
        t.put(one, t.entry(two))
        t.drop(s)
        t.note(OTHER, 'report', (report) => ({
          ...report,
          lines: { ...(report['lines'] as object), imported: 2, matched: 1 },
        }))
      },
      ['line-missing d 2'],
    ],
    [
      'a doubled line',
      OTHER,
      (t, s) => {
        t.append(s, t.entry(t.live(s)[1] as number))
      },
      ['note-differs d', 'line-doubled d 2'],
    ],
    [
      'a line of another session',
      OTHER,
      (t, s) => {
        const other = t.session(FILE_ONLY)
        t.append(s, t.drop(other))
        t.rechain(other)
      },
      ['note-differs a', 'line-missing a 8', 'note-differs d', 'foreign-entry d 8'],
    ],
    [
      'a line of another session under the place of an own one',
      OTHER,
      (t, s) => {
        const foreign = t.entry(t.live(t.session(FILE_ONLY))[2] as number)
        t.put(t.live(s)[1] as number, { record: foreign.record })
      },
      ['line-differs d 2'],
    ],
    [
      'an invented entry with the provenance of a line that there is not',
      OTHER,
      (t, s) => {
        const last = t.entry(t.live(s)[2] as number)
        const provenance = JSON.stringify({ ...JSON.parse(String(last.provenance)), line: 4, offset: 9999 })
        t.append(s, { ...last, provenance })
      },
      ['note-differs d', 'foreign-entry d 4'],
    ],
    [
      'a row’s time',
      MERGED,
      (t, s) => {
        const key = t.live(s).at(-1) as number
        t.put(key, { at: 1 })
      },
      ['line-differs b row 6'],
    ],
    [
      'what a session that is undecided withholds',
      UNDECIDED,
      (t, s) => {
        const last = t.entry(t.live(s)[1] as number)
        const provenance = { ...JSON.parse(String(last.provenance)), witness: 'file', line: 2, offset: 58 }
        delete provenance.row
        t.append(s, {
          ...last,
          record: pythonJson(user('sturgeon left')),
          provenance: JSON.stringify(provenance),
        })
      },
      ['withheld-written c 2'],
    ],
    [
      'the bytes of a line that is no entry',
      FILE_ONLY,
      (t) => t.run(`UPDATE quarantine SET bytes = x'00'`),
      ['quarantine-differs a 7'],
    ],
    [
      'a line that is no entry, gone',
      FILE_ONLY,
      (t) => t.run(`DELETE FROM quarantine`),
      ['quarantine-differs a 7'],
    ],
    [
      'a missing certificate',
      MERGED,
      (t) => t.note(MERGED, 'certificate', () => null),
      ['certificate-missing b'],
    ],
    [
      'a certificate with another verdict',
      MERGED,
      (t) =>
        t.note(MERGED, 'certificate', ({ certificates }) => ({
          certificates: (certificates as object[]).map((each) => ({ ...each, verdict: 'kept' })),
        })),
      ['note-differs b', 'certificate-refuted b'],
    ],
    [
      'a certificate with invented runs',
      MERGED,
      (t) =>
        t.note(MERGED, 'certificate', ({ certificates }) => ({
          certificates: (certificates as { runs: object[] }[]).map((each) => ({
            ...each,
            runs: each.runs.slice(1),
          })),
        })),
      ['certificate-refuted b'],
    ],
    [
      'a certificate of another session',
      MERGED,
      (t) =>
        t.note(MERGED, 'certificate', ({ certificates }) => ({
          certificates: [...(certificates as object[]), ...(certificates as object[])],
        })),
      ['certificate-refuted b'],
    ],
    [
      'a decision that nobody made',
      UNDECIDED,
      (t) => t.run(`UPDATE ledger SET verdict = 'merged', reason = NULL WHERE session = ?`, UNDECIDED),
      ['note-differs c', 'note-differs c', 'line-missing c 2'],
    ],
    [
      'counts of lines',
      FILE_ONLY,
      (t) =>
        t.note(FILE_ONLY, 'report', (report) => ({
          ...report,
          lines: { ...(report['lines'] as object), quarantined: 0, imported: 8 },
        })),
      ['note-differs a'],
    ],
    [
      'counts of imported lines',
      MERGED,
      (t) =>
        t.note(MERGED, 'report', (report) => ({
          ...report,
          lines: { ...(report['lines'] as object), imported: 3, matched: 3 },
        })),
      ['note-differs b'],
    ],
    [
      'the note of another session',
      MERGED,
      (t) => t.note(MERGED, 'report', (report) => ({ ...report, id: OTHER })),
      ['note-differs b'],
    ],
    [
      'an edited byte, the ledger left as it is',
      FILE_ONLY,
      (t, s) => {
        t.forgesLedger = false
        const key = t.live(s)[2] as number
        t.put(key, { record: t.entry(key).record.replace('number 1', 'number 7') })
      },
      ['head-unproven a', 'line-differs a 3'],
    ],
    [
      'a head in the ledger',
      FILE_ONLY,
      (t) => {
        t.forgesLedger = false
        t.run(
          `UPDATE ledger SET head_after = CAST(zeroblob(31) || x'01' AS BLOB) WHERE session = ?`,
          FILE_ONLY,
        )
      },
      ['head-unproven a'],
    ],
    [
      'a session whose note is gone',
      OTHER,
      (t) => {
        t.forgesLedger = false
        t.run(`DELETE FROM ledger WHERE session = ?`, OTHER)
      },
      ['never-imported d'],
    ],
  ]

  test.each(cases)('%s', async (_, id, change, expected) => {
    const store = copyOfStore()
    Tampering.change(store, id, change)
    const { plain, findings } = await found(store)
    expect({ plain, found: words(findings).sort() }).toEqual({ plain: [], found: [...expected].sort() })
    // As the advice of every such code says.
    const restored = await runHere(['restore', imported, '--yes', '--closed', '--db', store])
    expect(restored).toMatchObject({ code: 0, stderr: '' })
    expect(await found(store)).toEqual({ plain: [], findings: [] })
  })

  test('the store as it was imported is proven', async () => {
    expect(await found(copyOfStore())).toEqual({ plain: [], findings: [] })
  })
})

describe('verify --against', () => {
  test('exits 0 only when all of it is proven', async () => {
    const [path, db] = [join(temporaryFolder(), 'talk.jsonl'), join(temporaryFolder(), 'faircopy.db')]
    writeFileSync(path, lines(user('a talk of one sentence'), user('and another one')))
    const verify = (...more: string[]) => runHere(['verify', '--against', path, '--db', db, ...more])
    expect((await verify()).code).not.toBe(0)
    await runHere(['import', path, '--db', db])
    const proven = await verify()
    expect(proven).toMatchObject({ code: 0, stderr: '' })
    expect(proven.stdout).toContain('1 session, 2 lines, 0 rows, 0 certificates: all proven')

    const before = readFileSync(path)
    appendFileSync(path, lines(user('a third one')))
    const grown = proofDocument.parse(JSON.parse((await verify('--json')).stdout))
    expect(grown.against[0]?.findings).toMatchObject([
      { code: 'source-grown', line: 3, next: `faircopy import ${path} --db ${db}` },
    ])
    await runHere(['import', path, '--db', db])
    expect((await verify()).code).toBe(0)

    writeFileSync(path, before.toString().replace('one sentence', 'two sentences'))
    const changed = await verify()
    expect(changed.code).toBe(2)
    expect(changed.stdout).toContain('source-changed')
    expect(changed.stdout).toContain(`faircopy import ${path} --dry-run`)
    expect(changed.stdout).not.toContain('two sentences')
  })

  test('lists what is undecided with the command that decides it', async () => {
    const { code, stdout } = await runHere(['verify', '--against', home, '--db', imported, '--json'])
    expect(code).toBe(2)
    const { against } = proofDocument.parse(JSON.parse(stdout))
    expect(against[0]?.findings).toMatchObject([
      {
        code: 'undecided',
        session: UNDECIDED,
        next: `faircopy resolve ${UNDECIDED} --from ${home} --db ${imported}`,
      },
    ])
    expect(against[0]?.sessions.find(({ id }) => id === MERGED)).toMatchObject({
      proven: true,
      lines: { total: 6, imported: 1, matched: 5 },
      rows: { total: 6, stored: 6 },
      certificates: { proven: 1, bygone: 0 },
    })
    const { stdout: text } = await runHere(['verify', '--against', home, '--db', imported])
    expect(text).toContain('3 of 4 sessions proven')
    expect(text).not.toContain('sturgeon')
  })

  test('its sums are of all that the source has, also of what the store lacks', async () => {
    const source = join(temporaryFolder(), 'home')
    cpSync(home, source, { recursive: true })
    const database = new Database(join(source, 'state.db'))
    database.exec(`UPDATE messages SET content = 'and once more' WHERE content = 'ben only in the database'`)
    database.close()
    appendFileSync(join(source, 'sessions', `${OTHER}.jsonl`), lines(user('dan has more'), user('and more')))
    const verify = (...more: string[]) => runHere(['verify', '--against', source, '--db', imported, ...more])
    const [against] = proofDocument.parse(JSON.parse((await verify('--json')).stdout)).against
    const told = (against?.sessions ?? []).map((each) => [each.id, each.lines['total'], each.rows])
    expect(told.sort()).toEqual(
      [
        [FILE_ONLY, 8, { total: 0, stored: 0 }],
        [MERGED, 6, { total: 6, stored: 5 }],
        [UNDECIDED, 2, { total: 2, stored: 2 }],
        [OTHER, 5, { total: 0, stored: 0 }],
      ].sort(),
    )
    expect((await verify()).stdout).toContain(
      '4 sessions, 21 lines, 8 rows, 1 certificate and 1 bygone: 1 of 4 sessions proven',
    )
  })

  test('a source that cannot be read is no proof', async () => {
    const { code, stderr } = await runHere(['verify', '--against', join(home, 'absent'), '--db', imported])
    expect(code).not.toBe(0)
    expect(stderr).toContain('absent')
  })

  test('every code has a meaning, a step and a command', () => {
    for (const { meaning, step } of Object.values(SOURCE_FINDING_CODES)) {
      expect(meaning).toMatch(/^[A-Z].*\.$/)
      expect(step).toMatch(/^[A-Z].*\.$/)
    }
    for (const command of Object.values(SOURCE_FINDING_COMMANDS)) expect(command).toMatch(/^faircopy /)
  })
})

test('a session whose rows are gone is not proven: told, and followed until an import has noted it', async () => {
  const home = join(temporaryFolder(), 'home')
  writeHome(home, [
    { id: MERGED, file: null, rows: [row('the first thing'), row('the second thing')] },
    { id: OTHER, file: null, rows: [row('another thing')] },
  ])
  const db = join(temporaryFolder(), 'faircopy.db')
  expect((await runHere(['import', home, '--db', db])).code).toBe(0)
  const database = new Database(join(home, 'state.db'))
  database.prepare('DELETE FROM messages WHERE session_id = ?').run(MERGED)
  database.close()
  const verify = async () => {
    const { code, stdout } = await runHere(['verify', '--against', home, '--db', db])
    return { code, proven: stdout.match(/\d of \d sessions proven|all proven/)?.[0], stdout }
  }
  const before = await verify()
  expect(before).toMatchObject({ code: 2, proven: '1 of 2 sessions proven' })
  expect(before.stdout).toContain(`faircopy import ${home} --dry-run`)
  expect(before.stdout).toContain(
    '1 session that the store knows of it is not in it now, or has nothing left there, and not proven',
  )
  const noted = await runHere(['import', home, '--db', db])
  expect(noted.code).toBe(0)
  expect(noted.stdout).toContain(`source-truncated  it has no row of session "${MERGED}" any more`)
  expect(await verify()).toMatchObject({ code: 0, proven: '1 of 2 sessions proven' })
  const archived = await runHere(['archive', home, '--database', '--dry-run', '--unanchored', '--db', db])
  expect(archived.stdout).toContain('1 file of')
})
