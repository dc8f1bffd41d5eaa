import {
  appendFileSync,
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import {
  DIFFERENCE_CODES,
  OBSTACLE_CODES,
  RESOLUTION_REFUSALS,
  SOURCE_FINDING_CODES,
} from '@faircopy/legacy-jsonl'
import { STORE_CODES } from '@faircopy/store-core/operator'
import { openSqliteStore } from '@faircopy/store-sqlite'
import Database from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { VERIFY_COMMANDS } from '../src/context/code-commands.ts'
import { ARCHIVE_CODES, CLI_CODES, HEALTH_CODES } from '../src/reports/report-codes.ts'
import { follow } from './follow.ts'
import { pythonJson, writeHome } from './hermes-home.ts'
import { runHere } from './run-here.ts'
import { Tampering } from './tampering.ts'
import { temporaryFolder } from './temporary-folder.ts'

// Those of sources, and the reasons of sessions, are in codes.test.ts.

const ID = '20260302_100000_aaaaaaaa'
const NEXT_ID = '20260302_110000_bbbbbbbb'
const user = (content: string): string => `${pythonJson({ role: 'user', content })}\n`
const STORY = user('the first thing, at length') + user('the second thing, at length')
const row = (content: string) => ({ role: 'user', content, timestamp: 1_772_445_600 })
const ROWS = ['the first thing, at length', 'the second thing, at length'].map(row)

/** A Hermes home, and a store. */
class Place {
  /** What is verified. */
  source: string
  readonly file: string
  readonly db: string
  readonly backup: string

  constructor(file = STORY, rows: readonly ReturnType<typeof row>[] | null = ROWS) {
    const here = temporaryFolder()
    this.source = join(here, 'home')
    this.file = join(this.source, 'sessions', `${ID}.jsonl`)
    this.db = join(here, 's.db')
    this.backup = join(here, 'backup.db')
    const index = { origin: { platform: 'telegram', chat_id: '1' } }
    writeHome(this.source, [{ id: ID, file: Buffer.from(file), rows, index }])
  }

  static async imported(...made: ConstructorParameters<typeof Place>): Promise<Place> {
    const place = new Place(...made)
    await place.import()
    return place
  }

  /** With a session whose order is not known. */
  static undecided(): Promise<Place> {
    return Place.imported(user('the first thing, at length') + user('the file goes on'), [
      row('the first thing, at length'),
      row('the database goes on'),
    ])
  }

  run(...args: string[]) {
    return runHere([...args, '--db', this.db])
  }

  async json(...args: string[]) {
    return JSON.parse((await this.run(...args, '--json')).stdout)
  }

  import() {
    return this.run('import', this.source)
  }

  edit(from: string, to: string): void {
    writeFileSync(this.file, readFileSync(this.file, 'utf8').replace(from, to))
  }

  /** The home is there no more; its folder is. */
  unmount(): this {
    renameSync(this.source, this.#away)
    mkdirSync(this.source)
    return this
  }

  mount(): void {
    rmSync(this.source, { recursive: true })
    renameSync(this.#away, this.source)
  }

  get #away(): string {
    return `${this.source}.away`
  }

  write(...texts: string[]): void {
    writeFileSync(this.file, texts.map(user).join(''))
  }
}

interface State {
  readonly make: () => Place | Promise<Place>
  /** Does what the advice says. `next` is the command that was told with it. */
  readonly follow: (place: Place, next: string) => unknown
}

/** Codes that are told now, with the command beside each. */
type Told = (place: Place) => Promise<readonly { readonly code: string; readonly next?: string | null }[]>

/** What the advice of each code is followed by elsewhere, or why it has no state to be gone. */
type Elsewhere = { readonly [code: string]: string }

const OF_A_CALL = 'a call is refused: the advice is how to call instead'
const RESTORED = 'verify-against.test.ts restores a backup after every one of its changes'

function everyAdvice(
  title: string,
  codes: object,
  told: Told,
  states: { readonly [code: string]: State },
  elsewhere: Elsewhere = {},
): void {
  describe(`the advice of ${title}, followed until its state is gone`, () => {
    test('is followed for every code, or it is said where else', () => {
      expect([...Object.keys(states), ...Object.keys(elsewhere)].sort()).toEqual(Object.keys(codes).sort())
      for (const [code, where] of Object.entries(elsewhere)) {
        const [, folder = '..', file] = /^(?:(\w[\w-]*): )?([\w-]+\.test\.ts)/.exec(where) ?? []
        if (!file) continue
        const path = new URL(folder === '..' ? file : `../../${folder}/test/${file}`, import.meta.url)
        expect([code, existsSync(path)]).toEqual([code, true])
      }
    })

    test.for(Object.entries(states))('%s', { timeout: 60_000 }, async ([code, state]) => {
      const place = await state.make()
      const before = await told(place)
      expect(before.map((each) => each.code)).toContain(code)
      const found = before.find((each) => each.code === code)
      await state.follow(place, found?.next ?? '')
      expect((await told(place)).map((each) => each.code)).not.toContain(code)
    })
  })
}

everyAdvice(
  'doctor',
  HEALTH_CODES,
  async (place) => (await place.json('doctor')).findings,
  {
    'source-gone': {
      // What its session waits for lies in the source.
      make: async () => (await Place.undecided()).unmount(),
      follow: (place) => place.mount(),
    },
    'file-mode': {
      make: async () => {
        const place = await Place.imported()
        chmodSync(place.db, 0o644)
        return place
      },
      follow: ({ db }) => {
        // Each of its files is told by itself.
        for (const name of [db, `${db}-wal`, `${db}-shm`]) if (existsSync(name)) chmodSync(name, 0o600)
      },
    },
    'folder-mode': {
      make: async () => {
        const place = await Place.imported()
        chmodSync(dirname(place.db), 0o777)
        return place
      },
      follow: ({ db }) => chmodSync(dirname(db), 0o700),
    },
    'hard-links': {
      make: async () => {
        const place = await Place.imported()
        linkSync(place.db, `${place.db}.link`)
        return place
      },
      follow: ({ db }) => rmSync(`${db}.link`),
    },
    'not-readable': {
      make: () => {
        const place = new Place()
        writeFileSync(place.db, 'no store at all', { mode: 0o600 })
        return place
      },
      follow: async (place) => {
        rmSync(place.db)
        await place.import()
      },
    },
    damaged: {
      make: async () => {
        const place = await Place.imported()
        await place.run('backup', place.backup)
        const database = new Database(place.db)
        database.exec(`UPDATE entry SET record = replace(record, 'first', 'other')`)
        database.close()
        return place
      },
      follow: (place, next) => {
        return follow(`${next.replace('BACKUP', place.backup)} --yes --closed`)
      },
    },
    undecided: {
      make: () => Place.undecided(),
      follow: async (_place, next) => {
        const { stdout } = await follow(next)
        const resolve = /faircopy resolve .*/.exec(stdout)?.[0] ?? ''
        await follow(`${resolve} --keep-canonical`)
      },
    },
    quarantined: {
      make: () => Place.imported(`${STORY}no json\n`),
      follow: async (place, next) => {
        const { stdout } = await follow(next)
        expect(stdout).toContain(`${ID}.jsonl:3`)
        place.edit('no json\n', user('the third thing'))
        await place.import()
      },
    },
    'held-deliveries': {
      make: async () => {
        const place = await Place.imported()
        const store = await openSqliteStore({ path: place.db })
        await store.append(
          { origin: { platform: 'telegram', chat: '7' }, whenAbsent: 'hold' },
          { kind: 'delivery', record: { role: 'assistant', content: 'x' }, idempotencyKey: 'd' },
        )
        await store.close()
        return place
      },
      follow: async ({ db }) => {
        const store = await openSqliteStore({ path: db })
        await store.create('s', { origin: { platform: 'telegram', chat: '7' } })
        await store.close()
      },
    },
    'search-index-damaged': {
      make: async () => {
        const place = await Place.imported()
        await place.run('search', 'thing')
        const index = new Database(`${place.db}.search`)
        index.exec('UPDATE run SET key = key + 1 WHERE doc = 1')
        index.close()
        return place
      },
      follow: async (place) => {
        for (const end of ['', '-wal', '-shm']) rmSync(`${place.db}.search${end}`, { force: true })
        expect((await place.run('search', 'thing')).stdout).toContain('thing')
      },
    },
  },
  {
    'import-unfinished': 'unfinished-import.test.ts',
    'large-log': 'doctor.test.ts',
    'low-disk-space': 'doctor.test.ts: a disk cannot be made larger here',
    'staged-leftovers': 'killed-import.test.ts',
  },
)

everyAdvice(
  'verify --against',
  SOURCE_FINDING_CODES,
  async (place) => (await place.json('verify', '--against', place.source)).against[0].findings,
  {
    'source-gone': {
      make: async () => (await Place.imported()).unmount(),
      follow: (place) => place.mount(),
    },
    'no-transcript': {
      make: async () => {
        const place = await Place.imported()
        place.source = temporaryFolder()
        return place
      },
      follow: (place) => {
        place.source = dirname(dirname(place.file))
      },
    },
    'never-imported': {
      make: async () => {
        const place = await Place.imported()
        writeFileSync(join(place.source, 'sessions', `${NEXT_ID}.jsonl`), user('a new session, at length'))
        return place
      },
      follow: (_, next) => follow(next),
    },
    undecided: {
      make: () => Place.undecided(),
      follow: (_, next) => follow(`${next} --adopt-legacy`),
    },
    'no-message': {
      make: async () => {
        const place = new Place()
        const meta = pythonJson({ role: 'session_meta', tools: [] })
        writeFileSync(join(place.source, 'sessions', `${NEXT_ID}.jsonl`), `${meta}\n`)
        await place.import()
        return place
      },
      follow: async (place, next) => {
        appendFileSync(join(place.source, 'sessions', `${NEXT_ID}.jsonl`), user('a message at last'))
        await follow(next)
      },
    },
    'unreadable-session': {
      make: async () => {
        const place = await Place.imported()
        writeFileSync(join(place.source, 'sessions', `${NEXT_ID}.jsonl`), 'no json\n')
        return place
      },
      follow: async (place, next) => {
        writeFileSync(join(place.source, 'sessions', `${NEXT_ID}.jsonl`), user('mended, at length'))
        await follow(next)
      },
    },
    'several-files': {
      make: async () => {
        const place = await Place.imported()
        writeFileSync(
          join(place.source, 'sessions', `${ID} (1).jsonl`),
          user('the first thing, at length') + user('another thing'),
        )
        return place
      },
      follow: async (place, next) => {
        await follow(next)
        rmSync(join(place.source, 'sessions', `${ID} (1).jsonl`))
      },
    },
    'source-problem': {
      make: async () => {
        const place = await Place.imported()
        const path = join(place.source, 'sessions', `${NEXT_ID}.jsonl`)
        writeFileSync(`${path}.elsewhere`, user('behind a link, at length'))
        symlinkSync(`${path}.elsewhere`, path)
        return place
      },
      follow: async (place, next) => {
        const path = join(place.source, 'sessions', `${NEXT_ID}.jsonl`)
        rmSync(path)
        writeFileSync(path, user('behind a link, at length'))
        await follow(next)
      },
    },
    'source-grown': {
      make: async () => {
        const place = await Place.imported()
        appendFileSync(place.file, user('one thing more, at length'))
        return place
      },
      follow: (_, next) => follow(next),
    },
    'source-changed': {
      make: async () => {
        const place = await Place.imported()
        place.edit('first', '1st')
        return place
      },
      follow: async (_, next) => {
        const { stdout } = await follow(next)
        await follow(/^Next: (faircopy import .*)/m.exec(stdout)?.[1] ?? '')
      },
    },
    'session-gone': {
      make: async () => {
        const place = await Place.imported()
        await place.run('delete', ID, '--yes')
        return place
      },
      follow: (_, next) => follow(next),
    },
  },
  {
    'not-imported-yet': 'legacy-jsonl: verify-boundary.test.ts',
    'source-unreadable': 'stops.test.ts',
    'certificate-unchecked': 'reconcile: check.test.ts: what is merged is within its budget',
    'boundary-refuted': RESTORED,
    'certificate-missing': RESTORED,
    'certificate-refuted': RESTORED,
    'entry-hash': RESTORED,
    'foreign-entry': RESTORED,
    'left-out': RESTORED,
    'head-unproven': RESTORED,
    'line-differs': RESTORED,
    'line-doubled': RESTORED,
    'line-missing': RESTORED,
    'bytes-not-kept': 'legacy-jsonl: kept-lines.test.ts',
    'line-moved': RESTORED,
    'line-pruned': 'unchanged-source.test.ts',
    'note-differs': RESTORED,
    'quarantine-differs': RESTORED,
    'withheld-written': RESTORED,
  },
)

everyAdvice(
  'a comparison of a store and a source',
  DIFFERENCE_CODES,
  async (place) =>
    (await place.json('audit', place.source)).sessions.flatMap(
      (session: { store?: { differences: { code: string }[] } }) => session.store?.differences ?? [],
    ),
  {
    'not-in-store': {
      make: async () => {
        const place = await Place.imported()
        writeFileSync(join(place.source, 'sessions', `${NEXT_ID}.jsonl`), user('a new session, at length'))
        return place
      },
      follow: (place) => place.import(),
    },
    deleted: {
      make: async () => {
        const place = await Place.imported()
        await place.run('delete', ID, '--yes')
        return place
      },
      follow: (place) => place.run('delete', ID, '--undo'),
    },
    'source-only': {
      make: async () => {
        const place = await Place.imported()
        appendFileSync(place.file, user('one thing more, at length'))
        return place
      },
      follow: (place) => place.import(),
    },
    fields: {
      make: async () => {
        const place = await Place.imported(STORY, null)
        rmSync(join(place.source, 'state.db'))
        const rows = ROWS.map((each) => ({ ...each, finish_reason: 'stop' }))
        writeHome(place.source, [{ id: ID, file: Buffer.from(STORY), rows }])
        return place
      },
      follow: (place) => place.import(),
    },
    undecided: {
      make: () => Place.undecided(),
      follow: (place) => place.run('resolve', ID, '--legacy-first'),
    },
  },
  {
    'store-only': 'audit-store.test.ts: there is nothing to do',
    withdrawn: 'audit-store.test.ts: there is nothing to do',
    redacted: 'unchanged-source.test.ts: there is nothing to do',
    order: 'legacy-jsonl: shadow.test.ts: it is told, and the sides are shown',
    unreadable: 'legacy-jsonl: shadow.test.ts: the source has a problem of its own, whose advice is followed',
  },
)

everyAdvice(
  'archive',
  ARCHIVE_CODES,
  async (place) => (await place.json('archive', place.source, '--dry-run')).stays,
  {
    undecided: {
      make: () => Place.undecided(),
      follow: (_, next) => follow(`${next} --adopt-legacy`),
    },
    withheld: {
      make: async () => {
        const place = await Place.undecided()
        await place.run('resolve', ID, '--keep-canonical')
        return place
      },
      follow: async (place, next) => {
        await follow(next)
        await place.run('resolve', ID, '--branch')
      },
    },
    'not-proven': {
      make: async () => {
        const place = await Place.imported()
        await place.run('backup', place.backup)
        Tampering.change(place.db, ID, (tampering, session) => void tampering.drop(session))
        return place
      },
      follow: async (place, next) => {
        await follow(next)
        await place.run('restore', place.backup, '--yes', '--closed')
      },
    },
  },
  {
    'not-imported': 'codes.test.ts',
    grown: 'codes.test.ts',
    'target-taken': 'codes.test.ts',
    'no-anchor': 'archive.test.ts',
    'bytes-not-kept': 'archive.test.ts',
    'in-use': 'archive.test.ts',
    changed: 'archive.test.ts',
    'archive-damaged': 'archive.test.ts',
    'archive-missing': 'archive.test.ts',
    'move-failed': 'archive.test.ts',
  },
)

everyAdvice(
  'resolve, where a choice is not possible',
  OBSTACLE_CODES,
  async (place) =>
    (await place.json('resolve', ID)).choices?.flatMap(({ obstacle }: { obstacle: string | null }) =>
      obstacle === null ? [] : [{ code: obstacle }],
    ) ?? [],
  Object.fromEntries(
    ['no-times', 'no-zones'].map((code): [string, State] => [
      code,
      {
        make: async () => {
          const at = code === 'no-zones' ? { timestamp: '2026-03-02T10:00:00' } : {}
          const line = (content: string) => `${pythonJson({ role: 'user', content, ...at })}\n`
          return Place.imported(line('the first thing, at length') + line('the file goes on'), [
            row('the first thing, at length'),
            row('the database goes on'),
          ])
        },
        follow: (place) =>
          code === 'no-zones'
            ? place.run('resolve', ID, '--time-zone', 'Europe/Berlin', '--by-time')
            : place.run('resolve', ID, '--legacy-first'),
      },
    ]),
  ),
  {
    'nothing-contested': 'legacy-jsonl: resolution.test.ts: another choice is made',
    'times-overlap': 'legacy-jsonl: resolution.test.ts: another choice is made',
    'three-sides': 'legacy-jsonl: resolution.test.ts: another choice is made',
    'branch-exists': 'legacy-jsonl: resolution.test.ts: another choice is made',
  },
)

/** What `resolve` with these options fails with. */
const refusedBy =
  (...options: string[]): Told =>
  async (place) => {
    const { stderr } = await place.run('resolve', ID, ...options)
    return [{ code: /^([A-Z_]+): /.exec(stderr)?.[1] ?? '', next: /faircopy .*/.exec(stderr)?.[0] ?? null }]
  }

everyAdvice(
  'resolve, where it refuses',
  Object.fromEntries(
    Object.entries(RESOLUTION_REFUSALS).filter(
      ([code]) => !['NOT_DECIDED', 'BUILT_UPON', 'PRUNED'].includes(code),
    ),
  ),
  refusedBy('--legacy-first'),
  {
    ALREADY_DECIDED: {
      make: async () => {
        const place = await Place.undecided()
        await place.run('resolve', ID, '--keep-canonical')
        return place
      },
      follow: (_, next) => follow(next),
    },
    SOURCE_MOVED_ON: {
      make: async () => {
        const place = await Place.undecided()
        appendFileSync(place.file, user('and on'))
        return place
      },
      follow: (place) => place.import(),
    },
  },
  {
    NEVER_IMPORTED: 'resolve.test.ts',
    NOTHING_TO_DECIDE: 'resolve.test.ts: there is nothing to do',
    SEVERAL_FILES: 'resolve.test.ts',
    CHOICE_NOT_POSSIBLE: 'resolve.test.ts: another choice is made',
    DELETED: 'resolve.test.ts',
  },
)

everyAdvice(
  'resolve --undo, where it refuses',
  Object.fromEntries(
    Object.entries(RESOLUTION_REFUSALS).filter(([code]) =>
      ['NOT_DECIDED', 'BUILT_UPON', 'PRUNED'].includes(code),
    ),
  ),
  refusedBy('--undo'),
  {
    BUILT_UPON: {
      make: async () => {
        const place = await Place.undecided()
        await place.run('resolve', ID, '--adopt-legacy')
        appendFileSync(place.file, user('and on, at some length'))
        await place.import()
        return place
      },
      follow: async (place) => {
        const { imports } = await place.json('status')
        await place.run('import', '--undo', imports.at(-1).id, '--yes')
      },
    },
  },
  {
    NOT_DECIDED: 'resolve.test.ts: there is nothing to do',
    PRUNED: 'legacy-jsonl: resolution.test.ts: only a backup has it, see restore.test.ts',
  },
)

test('what verify finds is gone once the last backup is restored, as its advice says', () => {
  for (const [code, command] of Object.entries(VERIFY_COMMANDS))
    expect([code, command]).toEqual([
      code,
      code === 'search-index-damaged' ? null : 'faircopy restore BACKUP',
    ])
})

describe('the advice of a failure', () => {
  const FOLLOWED: readonly string[] = [
    'NO_STORE',
    'NO_SESSION',
    'NO_IMPORT',
    'NO_SUCH_TEXT',
    'SESSION_DELETED',
  ]
  const ELSEWHERE: Elsewhere = {
    ACCESS_DENIED: 'store-sqlite: denied.test.ts',
    AMBIGUOUS_IMPORT: OF_A_CALL,
    AMBIGUOUS_ORIGIN: OF_A_CALL,
    CLOCK_FAILED: OF_A_CALL,
    CURSOR_STALE: OF_A_CALL,
    FILE_EXISTS: OF_A_CALL,
    GENERATION_GONE: OF_A_CALL,
    HOLD_FULL: 'store-sqlite: origins.test.ts',
    INTERRUPTED: 'interrupt.test.ts',
    INVALID_ARGUMENT: OF_A_CALL,
    INVALID_RECORD: OF_A_CALL,
    KEY_CONFLICT: OF_A_CALL,
    KIND_REFUSED: OF_A_CALL,
    LINK_REFUSED: 'archive.test.ts',
    NOT_A_FILE: OF_A_CALL,
    NOT_A_FOLDER: OF_A_CALL,
    NOT_A_MANIFEST: 'archive.test.ts',
    NOT_A_STORE: OF_A_CALL,
    NO_MANIFEST: OF_A_CALL,
    NO_SOURCE: 'source-states.test.ts',
    NO_WITNESS: OF_A_CALL,
    READ_ONLY: OF_A_CALL,
    RESTORE_REFUSED: 'restore.test.ts',
    RESTORE_UNFINISHED: 'restore.test.ts',
    REVISION_CONFLICT: OF_A_CALL,
    SCHEMA_TOO_NEW: 'failures.test.ts: there is no newer program here',
    SESSION_EXISTS: OF_A_CALL,
    SESSION_FULL: OF_A_CALL,
    SOURCE_CHANGED: 'stops.test.ts',
    SOURCE_GONE: 'resolve.test.ts',
    SOURCE_UNREADABLE: 'failures.test.ts',
    STORE_BUSY: 'store-sqlite: processes.test.ts',
    STORE_CLOSED: OF_A_CALL,
    STORE_CORRUPT: 'damaged-session.test.ts',
    STORE_FULL: 'stops.test.ts',
    STORE_IO: 'stops.test.ts',
    STORE_REPLACED: 'store-sqlite: replaced.test.ts',
    STRANGE_LOG: 'store-sqlite: strange-log.test.ts',
    UNEXPECTED: 'no state is known that leads to it',
    UNSAFE_LOCATION: 'failures.test.ts',
    UNSUPPORTED_RUNTIME: 'node-version.test.ts',
    USAGE: OF_A_CALL,
  }

  test('is followed for every code, or it is said where else', () => {
    const codes = new Set([...Object.keys(CLI_CODES), ...Object.keys(STORE_CODES)])
    expect([...FOLLOWED, ...Object.keys(ELSEWHERE)].sort()).toEqual([...codes].sort())
  })

  test('NO_STORE: after the import there is one', async () => {
    const place = new Place()
    expect((await place.run('status')).stderr).toMatch(/^NO_STORE: /)
    await place.import()
    expect((await place.run('status')).code).toBe(0)
  })

  test('NO_SESSION, NO_IMPORT and NO_SUCH_TEXT: what is listed is found', async () => {
    const { ...place } = await Place.imported()
    const { source: _, db } = place
    const run = (...args: string[]) => runHere([...args, '--db', db])
    const absent = await run('show', 'nobody')
    expect(absent.stderr).toMatch(/^NO_SESSION: /)
    const list = await follow(`${/faircopy list/.exec(absent.stderr)?.[0]} --db ${db}`)
    expect(list.stdout).toContain(ID)
    expect((await run('show', ID)).code).toBe(0)
    const never = await run('import', '--undo', 'ffffffff')
    expect(never.stderr).toMatch(/^NO_IMPORT: /)
    const status = await follow(`${/faircopy status/.exec(never.stderr)?.[0]} --json --db ${db}`)
    const [{ id }] = JSON.parse(status.stdout).imports
    expect((await run('import', '--undo', id)).code).toBe(0)
    const nothing = await run('redact', ID, '1', '--text', 'nowhere')
    expect(nothing.stderr).toMatch(/^NO_SUCH_TEXT: /)
    const shown = await follow(`faircopy show ${ID} --json --db ${db}`)
    expect(shown.stdout).toContain('the first thing')
    expect((await run('redact', ID, '1', '--text', 'first')).code).toBe(0)
  })

  test('SESSION_DELETED: what was undeleted takes an import', async () => {
    const place = await Place.imported()
    await place.run('delete', ID, '--yes')
    appendFileSync(place.file, user('one thing more, at length'))
    expect((await place.import()).stdout).toContain('session-deleted')
    await place.run('delete', ID, '--undo')
    expect((await place.import()).stdout).not.toContain('session-deleted')
  })
})
