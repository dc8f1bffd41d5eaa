import { spawnSync } from 'node:child_process'
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { SOURCE_CODES, type SourceProblemCode } from '@faircopy/legacy-jsonl'
import Database from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { SESSION_COMMANDS, SOURCE_COMMANDS } from '../src/context/code-commands.ts'
import { program } from '../src/program.ts'
import { ARCHIVE_CODES } from '../src/reports/report-codes.ts'
import { driftScenarios } from './drift-scenarios.ts'
import { follow } from './follow.ts'
import { pythonJson, writeHome } from './hermes-home.ts'
import { runHere } from './run-here.ts'
import { archiveDocument, importDocument } from './schemas.ts'
import { temporaryFolder } from './temporary-folder.ts'

const ID = '20260302_100000_aaaaaaaa'
const user = (content: string, more: object = {}): string =>
  `${pythonJson({ role: 'user', content, ...more })}\n`
const STORY = user('the first thing, at length') + user('the second thing, at length')

interface Place {
  /** A folder of transcripts with one in it, or a Hermes home. */
  readonly source: string
  readonly db: string
}

function folder(): Place {
  const here = temporaryFolder()
  const source = join(here, 'chats')
  mkdirSync(source)
  writeFileSync(join(source, 'a.jsonl'), STORY)
  return { source, db: join(here, 'faircopy.db') }
}

function home(file: string | null = STORY, index = true): Place {
  const here = temporaryFolder()
  const source = join(here, 'home')
  const rows = [{ role: 'user', content: 'the first thing, at length', timestamp: 1772445600 }]
  const origin = { platform: 'telegram', chat_id: '1' }
  writeHome(source, [
    { id: ID, file: file === null ? null : Buffer.from(file), rows, ...(index ? { index: { origin } } : {}) },
  ])
  return { source, db: join(here, 'faircopy.db') }
}

async function imported({ source, db }: Place) {
  const { stdout } = await runHere(['import', source, '--json', '--db', db])
  return importDocument.parse(JSON.parse(stdout))
}

interface State {
  readonly make: () => Place | Promise<Place>
  /** What the step says to do before the command. */
  readonly step?: (place: Place) => void | Promise<void>
  /** The state that the command leads to, where the code is not simply gone. */
  readonly leadsTo?: (place: Place) => void | Promise<void>
}

const inFolder =
  (change: (source: string, place: Place) => void | Promise<void>) => async (): Promise<Place> => {
    const place = folder()
    await change(place.source, place)
    return place
  }

/** A line that becomes no entry, and what it should have been. */
const broken = (line: string | Buffer): State => ({
  make: inFolder((source) =>
    writeFileSync(
      join(source, 'a.jsonl'),
      Buffer.concat([Buffer.from(STORY), Buffer.from(line), Buffer.from(`\n${user('the end')}`)]),
    ),
  ),
  step: ({ source }) =>
    writeFileSync(join(source, 'a.jsonl'), STORY + user('mended, at length') + user('the end')),
})

const goOn = async ({ source, db }: Place): Promise<void> => {
  expect((await runHere(['status', '--db', db])).stderr).toBe('')
  expect((await runHere(['import', source, '--db', db])).stderr).toBe('')
}

const STATES: { readonly [code: string]: State } = {
  ignored: {
    make: inFolder((source) => writeFileSync(join(source, 'notes.txt'), user('told in notes, at length'))),
    leadsTo: async ({ db }) => expect((await runHere(['show', 'notes.txt', '--db', db])).code).toBe(0),
  },
  'torn-tail': {
    make: inFolder((source) => appendFileSync(join(source, 'a.jsonl'), '{"role":"user","cont')),
    step: ({ source }) => appendFileSync(join(source, 'a.jsonl'), 'ent":"completed, at length"}\n'),
  },
  'byte-order-mark': {
    make: inFolder((source) => writeFileSync(join(source, 'a.jsonl'), `\ufeff${STORY}`)),
    leadsTo: goOn,
  },
  'field-conflict': {
    make: () => {
      const place = home(`${user('the first thing, at length', { reasoning: 'one' })}`)
      const database = new Database(join(place.source, 'state.db'))
      database.exec(`UPDATE messages SET reasoning = 'two'`)
      database.close()
      return place
    },
    leadsTo: goOn,
  },
  'duplicate-member': {
    make: inFolder((source) =>
      appendFileSync(join(source, 'a.jsonl'), '{"role":"user","content":"x","content":"y"}\n'),
    ),
    leadsTo: goOn,
  },
  'invalid-json': broken('no json'),
  'invalid-utf8': broken(Buffer.from('7b22726f6c65223a2275736572222c22636f6e74656e74223a22ff227d', 'hex')),
  'not-an-object': broken('[1]'),
  'several-records': {
    make: inFolder((source) =>
      appendFileSync(join(source, 'a.jsonl'), '{"role":"user","content":"x"}{"role":"user","content":"y"}\n'),
    ),
    leadsTo: goOn,
  },
  'several-values': broken('{"role":"user","content":"x"} 3'),
  'nul-bytes': {
    make: inFolder((source) =>
      writeFileSync(join(source, `${ID}.jsonl`), Buffer.concat([Buffer.from(STORY), Buffer.alloc(20)])),
    ),
    step: ({ source }) => writeFileSync(join(source, `${ID}.jsonl`), STORY),
  },
  'too-long': broken(`{"role":"user","content":"${'x'.repeat(17 * 1024 * 1024)}"}`),
  'too-deep': broken(`{"role":"user","content":${'['.repeat(300)}${']'.repeat(300)}}`),
  'not-understood': {
    make: inFolder((source) => writeFileSync(join(source, 'b.jsonl'), '{"type":"x","text":"hello there"}\n')),
    step: ({ source }) => writeFileSync(join(source, 'b.jsonl'), user('hello there')),
  },
  'no-message': {
    make: inFolder((source) =>
      writeFileSync(join(source, `${ID}.jsonl`), pythonJson({ role: 'session_meta', tools: [] })),
    ),
    step: ({ source }) => appendFileSync(join(source, `${ID}.jsonl`), `\n${user('at last')}`),
  },
  'not-a-regular-file': {
    make: inFolder((source) => void spawnSync('mkfifo', [join(source, 'b.jsonl')])),
    step: ({ source }) => {
      rmSync(join(source, 'b.jsonl'))
      writeFileSync(join(source, 'b.jsonl'), user('told by a regular file'))
    },
  },
  'symbolic-link': {
    make: inFolder((source) => {
      writeFileSync(`${source}.b`, user('told behind a link'))
      symlinkSync(`${source}.b`, join(source, 'b.jsonl'))
    }),
    step: ({ source }) => renameSync(`${source}.b`, join(source, 'b.jsonl')),
  },
  'index-unreadable': {
    make: () => {
      const place = home()
      copyFileSync(join(place.source, 'sessions/sessions.json'), `${place.source}.index`)
      writeFileSync(join(place.source, 'sessions/sessions.json'), '{')
      return place
    },
    step: ({ source }) => renameSync(`${source}.index`, join(source, 'sessions/sessions.json')),
  },
  'database-unreadable': {
    make: () => {
      const place = home()
      renameSync(join(place.source, 'state.db'), `${place.source}.backup`)
      writeFileSync(
        join(place.source, 'state.db'),
        'no database at all, but long enough to be looked at'.repeat(99),
      )
      return place
    },
    step: ({ source }) => renameSync(`${source}.backup`, join(source, 'state.db')),
  },
  'facts-left-out': {
    make: () => {
      const place = home()
      const database = new Database(join(place.source, 'state.db'))
      database.exec(`UPDATE sessions SET system_prompt = '${'x'.repeat(300_000)}'`)
      database.close()
      return place
    },
    leadsTo: async (place) => {
      await goOn(place)
      await runHere(['archive', place.source, '--database', '--unanchored', '--db', place.db])
      expect(existsSync(join(place.source, 'state.db'))).toBe(true)
    },
  },
  'only-copy': {
    make: () => {
      const place = home()
      const said = [{ role: 'user', content: 'said in no other place' }]
      writeFileSync(
        join(place.source, 'sessions/session_20260303_100000_bbbbbbbb.json'),
        JSON.stringify({ messages: said }),
      )
      return place
    },
    step: ({ source }) =>
      writeFileSync(join(source, 'sessions/20260303_100000_bbbbbbbb.jsonl'), user('said in no other place')),
  },
  'database-too-new': {
    make: () => {
      const place = home()
      const database = new Database(join(place.source, 'state.db'))
      database.exec('UPDATE schema_version SET version = 31')
      database.close()
      return place
    },
    leadsTo: async (place) => {
      await goOn(place)
      expect((await runHere(['import', place.source, '--db', place.db])).code).toBe(0)
    },
  },
  'missing-transcript': {
    make: () => {
      const place = home()
      const index = JSON.parse(readFileSync(join(place.source, 'sessions/sessions.json'), 'utf8'))
      index['agent:main:cli:dm'] = { session_id: '20260303_100000_bbbbbbbb' }
      writeFileSync(join(place.source, 'sessions/sessions.json'), JSON.stringify(index))
      return place
    },
    step: ({ source }) =>
      writeFileSync(join(source, 'sessions/20260303_100000_bbbbbbbb.jsonl'), user('found in a backup')),
  },
  'unusable-session-id': {
    make: inFolder((source) =>
      writeFileSync(
        Buffer.concat([Buffer.from(`${source}/`), Buffer.from([0xff]), Buffer.from('.jsonl')]),
        user('of a name that is no text'),
      ),
    ),
    step: ({ source }) =>
      renameSync(
        Buffer.concat([Buffer.from(`${source}/`), Buffer.from([0xff]), Buffer.from('.jsonl')]),
        join(source, 'b.jsonl'),
      ),
  },
  'several-files': {
    make: () => {
      const place = home()
      writeFileSync(
        join(place.source, `sessions/${ID} (1).jsonl`),
        user('the first thing, at length') + user('another second thing'),
      )
      return place
    },
    leadsTo: async (place) => {
      const { sessions, sources } = await imported(place)
      expect(sessions[0]).not.toHaveProperty('reason')
      expect(sources[0]?.problems.map(({ code }) => code)).toEqual(['other-file'])
    },
  },
  'other-file': {
    make: async () => {
      const place = home()
      const copy = join(place.source, `sessions/${ID} (1).jsonl`)
      writeFileSync(copy, user('the first thing, at length') + user('another second thing'))
      await imported(place)
      await runHere(['import', join(place.source, `sessions/${ID}.jsonl`), '--db', place.db])
      return place
    },
    leadsTo: goOn,
  },
  'covered-file': {
    make: () => {
      const place = home()
      copyFileSync(
        join(place.source, `sessions/${ID}.jsonl`),
        join(place.source, `sessions/${ID} copy.jsonl`),
      )
      return place
    },
    step: ({ source }) => rmSync(join(source, `sessions/${ID} copy.jsonl`)),
  },
  'index-disagrees': {
    make: () => {
      const place = home()
      const database = new Database(join(place.source, 'state.db'))
      database.exec(`CREATE TABLE gateway_routing (session_key TEXT, session_id TEXT);
        INSERT INTO gateway_routing VALUES ('agent:main:telegram:dm:${ID}', '20260303_100000_bbbbbbbb')`)
      database.close()
      return place
    },
    leadsTo: goOn,
  },
  'source-edited': {
    make: inFolder(async (source, place) => {
      await imported(place)
      writeFileSync(join(source, 'a.jsonl'), STORY.replace('first', 'very first'))
    }),
    leadsTo: async (place) => {
      const { sessions, sources } = await imported(place)
      expect(sources[0]?.problems).toEqual([])
      expect(sessions[0]).toMatchObject({
        verdict: 'ambiguous',
        next: expect.stringContaining('faircopy resolve a'),
      })
    },
  },
  'source-truncated': {
    make: inFolder(async (source, place) => {
      await imported(place)
      writeFileSync(join(source, 'a.jsonl'), user('the first thing, at length'))
    }),
    leadsTo: async (place) => {
      const { sources } = await imported(place)
      expect(sources[0]?.problems).toEqual([])
      const { stdout } = await runHere(['export', 'a', '--format', 'jsonl', '--db', place.db])
      expect(stdout).toBe(STORY)
    },
  },
  'not-a-folder': {
    make: () => {
      const place = home()
      renameSync(join(place.source, 'sessions'), `${place.source}.sessions`)
      writeFileSync(join(place.source, 'sessions'), 'no folder')
      return place
    },
    step: ({ source }) => {
      rmSync(join(source, 'sessions'))
      renameSync(`${source}.sessions`, join(source, 'sessions'))
    },
  },
  'part-of-home': {
    make: () => {
      const { source, db } = home()
      return { source: join(source, 'sessions'), db }
    },
    leadsTo: async ({ source, db }) => {
      const whole = await imported({ source: join(source, '..'), db })
      expect(whole.sources[0]?.problems).toEqual([])
      expect(whole.importId).toBeNull()
    },
  },
  'no-transcript': {
    make: () => {
      const { source, db } = folder()
      return { source: join(source, '..'), db }
    },
    leadsTo: async ({ db }) => expect((await runHere(['show', 'a', '--db', db])).code).toBe(0),
  },
  'source-gone': {
    make: inFolder(async (source, place) => {
      await imported(place)
      renameSync(source, `${source}.unmounted`)
      mkdirSync(source)
    }),
    step: ({ source }) => {
      rmSync(source, { recursive: true })
      renameSync(`${source}.unmounted`, source)
    },
  },
  'session-deleted': {
    make: inFolder(async (source, place) => {
      await imported(place)
      await runHere(['delete', 'a', '--yes', '--db', place.db])
      appendFileSync(join(source, 'a.jsonl'), user('one thing more, at length'))
    }),
  },
}

/** States that take another process or a damaged disk to make, and where else they are made. */
const ELSEWHERE: { readonly [code: string]: string } = {
  'unreadable-file': 'stops.test.ts',
  'other-format': 'formats.test.ts',
  'id-mismatch': 'legacy-jsonl: no built-in format has ids in its records',
  'source-changed': 'stops.test.ts',
  redacted: 'unchanged-source.test.ts',
  pruned: 'unchanged-source.test.ts',
  'decision-outdated': 'legacy-jsonl: resolution.test.ts',
  'other-time-zone': 'times.test.ts',
  'session-claimed': 'legacy-jsonl: another process at work',
  'order-refuted': 'legacy-jsonl: a certificate that does not hold',
  'session-failed': 'legacy-jsonl: a store that refuses a record',
}

describe('each code of a source, its state made and its command followed', () => {
  test('every code is followed here, or it is said where else', () => {
    expect([...Object.keys(STATES), ...Object.keys(ELSEWHERE)].sort()).toEqual(
      Object.keys(SOURCE_CODES).sort(),
    )
  })

  test.for(Object.entries(STATES))('%s', { timeout: 60_000 }, async ([code, { make, step, leadsTo }]) => {
    const place = await make()
    const { stdout: audit } = await runHere(['audit', place.source, '--db', place.db])
    const found =
      (await imported(place)).sources[0]?.problems.filter((problem) => problem.code === code) ?? []
    expect(found).not.toEqual([])
    await step?.(place)
    const { severity, step: advice } = SOURCE_CODES[code as SourceProblemCode]
    const command = SOURCE_COMMANDS[code as SourceProblemCode]
    const next = found[0]?.next ?? null
    // Files beside the transcripts are counted only, and that nothing was found is said first, with what was.
    if (!['ignored', 'no-transcript', 'source-gone'].includes(code)) {
      expect(audit).toContain(advice)
      if (next !== null) expect(audit.split('\n')).toContain(`    ${next}`)
    }
    expect(next === null).toBe(command === null)
    // What nothing reads is not read by any command.
    if (severity === 'finding' && code !== 'not-understood') expect(next).not.toBeNull()
    if (next !== null) expect((await follow(next)).stderr).toBe('')
    if (leadsTo) return leadsTo(place)
    const { sources } = await imported(place)
    expect(sources[0]?.problems.map((problem) => problem.code)).not.toContain(code)
  })
})

const commands = program({
  stdout: new PassThrough(),
  stderr: new PassThrough(),
  env: {},
  signal: new AbortController().signal,
}).commands.map((command) => command.name())

describe('each reason of a session', () => {
  test
    .runIf(commands.includes('resolve'))
    .for(driftScenarios().filter(({ verdict }) => verdict === 'ambiguous'))(
    '$reason: its command shows both sides, and the session is decided by it',
    async (scenario) => {
      const here = temporaryFolder()
      const place = { source: join(here, 'home'), db: join(here, 'faircopy.db') }
      writeHome(place.source, [scenario])
      const [session] = (await imported(place)).sessions
      expect(session?.reason).toBe(scenario.reason)
      expect((await follow(session?.next ?? '')).stderr).toBe('')
      expect((await follow(`${session?.next} --keep-canonical`)).stderr).toBe('')
      expect((await imported(place)).sessions[0]).not.toHaveProperty('reason')
    },
  )

  test('no-usable-entry', async () => {
    const place = folder()
    writeFileSync(join(place.source, 'a.jsonl'), '{"_type":"metadata"}\n')
    const [session] = (await imported(place)).sessions
    expect(session).toMatchObject({ reason: 'no-usable-entry' })
    writeFileSync(join(place.source, 'a.jsonl'), STORY)
    expect((await follow(session?.next ?? '')).code).toBe(0)
    expect((await imported(place)).sessions[0]).not.toHaveProperty('reason')
  })

  test('all have a command', () => {
    for (const command of Object.values(SESSION_COMMANDS)) expect(command).toMatch(/^faircopy /)
  })
})

describe('each code of an archive', () => {
  const stays = async (args: readonly string[]) =>
    archiveDocument.parse(JSON.parse((await runHere(['archive', ...args, '--json'])).stdout)).stays

  test.for<[code: string, change: (place: Place) => void | Promise<void>]>([
    ['not-imported', () => {}],
    [
      'grown',
      async (place) => {
        await imported(place)
        appendFileSync(join(place.source, 'a.jsonl'), user('one thing more, at length'))
      },
    ],
    [
      'target-taken',
      async (place) => {
        await imported(place)
        mkdirSync(`${place.source}-archive`)
        writeFileSync(join(`${place.source}-archive`, 'a.jsonl'), 'something else')
      },
    ],
  ])('%s: after its command the file can go', async ([code, change]) => {
    const place = folder()
    await runHere(['import', join(place.source, '..', 'nothing'), '--db', place.db])
    const other = join(place.source, '..', 'other.jsonl')
    writeFileSync(other, user('so that there is a store'))
    await runHere(['import', other, '--db', place.db])
    await change(place)
    const [stay] = await stays([place.source, '--db', place.db])
    expect(stay?.code).toBe(code)
    const next = stay?.next?.replace('FOLDER', join(temporaryFolder(), 'elsewhere')) ?? ''
    expect((await follow(next)).code).toBe(0)
    expect(await stays([place.source, '--db', place.db])).toEqual([])
  })

  test('every finding has a command', () => {
    for (const { command } of Object.values(ARCHIVE_CODES)) expect(command).toMatch(/^faircopy /)
  })
})
