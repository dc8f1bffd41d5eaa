import { appendFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { SESSION_REASONS, SOURCE_CODES } from '@faircopy/legacy-jsonl'
import { beforeEach, describe, expect, test } from 'vitest'
import { follow } from './follow.ts'
import { pythonJson, writeHome } from './hermes-home.ts'
import { runHere } from './run-here.ts'
import { importDocument } from './schemas.ts'
import { temporaryFolder } from './temporary-folder.ts'

const user = (content: string): string => `${pythonJson({ role: 'user', content })}\n`
const STORY = Array.from({ length: 1100 }, (_, i) => user(`the thing of number ${i}`)).join('')

let source: string
let db: string

beforeEach(() => {
  const here = temporaryFolder()
  source = join(here, 'chats')
  db = join(here, 's.db')
  mkdirSync(source)
  writeFileSync(join(source, 'a.jsonl'), STORY)
})

async function told(...args: string[]): Promise<string[]> {
  return (await runHere([...args, '--db', db])).stdout.split('\n')
}

const advising = (lines: readonly string[], advice: string): string[] =>
  lines.filter((line) => line.includes(advice))

describe.each(['audit', 'import'])('%s', (command) => {
  test('says once what to do of a thousand equal problems, with their number, and hides no other', async () => {
    appendFileSync(join(source, 'a.jsonl'), `${'no json\n'.repeat(1000)}[1]\n`)
    writeFileSync(join(source, 'b.jsonl'), `${STORY}no json\n`)
    symlinkSync(join(source, 'b.jsonl'), join(source, 'z.jsonl'))
    const lines = await told(command, source)
    expect(lines.length).toBeLessThan(60)
    expect(advising(lines, SOURCE_CODES['invalid-json'].step)).toEqual([
      `  1,001 invalid-json, 1 not-an-object: ${SOURCE_CODES['invalid-json'].step}`,
    ])
    expect(advising(lines, SOURCE_CODES['symbolic-link'].step)).toEqual([
      `  1 symbolic-link: ${SOURCE_CODES['symbolic-link'].step}`,
    ])
    expect(lines.filter((line) => /^ {2}a\.jsonl:\d+ +invalid-json/.test(line))).toHaveLength(10)
    expect(lines).toContain('  and 991 more problems; --json names up to a hundred of each code in a file')
    expect(lines.some((line) => /^ {2}z\.jsonl +symbolic-link/.test(line))).toBe(true)
  })

  test('and of a transcript that was put aside by its name, how to read it', async () => {
    const aside = join(source, "b's.jsonl.reset.2026-03-09T10-00-00.000Z")
    writeFileSync(aside, user('said before the reset'))
    writeFileSync(join(source, 'README'), 'no transcript')
    const lines = await told(command, source)
    expect(advising(lines, SOURCE_CODES.ignored.step)).toEqual([`  1 ignored: ${SOURCE_CODES.ignored.step}`])
    const next = lines.find((line) => line.includes('.reset.') && line.startsWith('    faircopy import '))
    expect(next).toBeDefined()
  })
})

test('the document says how many a problem stands for', async () => {
  appendFileSync(join(source, 'a.jsonl'), 'no json\n'.repeat(1000))
  const { stdout } = await runHere(['audit', source, '--json', '--db', db])
  const problems = importDocument.parse(JSON.parse(stdout)).sources[0]?.problems ?? []
  expect(problems).toHaveLength(101)
  expect(problems.filter(({ count }) => count !== undefined)).toMatchObject([{ count: 900 }])
})

test('of sessions without a usable entry it is said once what to do', async () => {
  for (const name of ['b', 'c', 'd']) writeFileSync(join(source, `${name}.jsonl`), '{"_type":"metadata"}\n')
  for (const command of ['audit', 'import']) {
    const lines = await told(command, source)
    expect(advising(lines, SESSION_REASONS['no-usable-entry'].step)).toEqual([
      `  3 no-usable-entry: ${SESSION_REASONS['no-usable-entry'].step}`,
    ])
  }
  for (const name of ['b', 'c', 'd']) writeFileSync(join(source, `${name}.jsonl`), STORY)
  expect((await runHere(['import', source, '--db', db])).code).toBe(0)
})

/** The command that is told right under the words. */
const under = (lines: readonly string[], words: RegExp): string =>
  lines[lines.findIndex((line) => words.test(line)) + 1]?.trim() ?? ''

test('a session that is not in the store yet is shown, and decided once it is', async () => {
  const id = '20260302_100000_aaaaaaaa'
  const home = join(source, '..', 'home')
  const rows = ['the first thing, at length', 'the database goes on'].map((content) => ({
    role: 'user',
    content,
    timestamp: 1_772_445_600,
  }))
  writeHome(home, [
    { id, file: Buffer.from(user('the first thing, at length') + user('the file goes on')), rows },
  ])
  const shown = await follow(under(await told('audit', home), /To read it:$/))
  expect([shown.code, shown.stdout]).toEqual([0, expect.stringContaining('the file goes on')])
  await told('import', home)
  const decided = await follow(under(await told('audit', home), /what can be decided:$/))
  expect(decided.stdout).toContain('the file goes on')
})

test('of files that claim one session of a profile the one that a command imports is that session’s', async () => {
  const id = '20260302_100000_aaaaaaaa'
  const home = join(source, '..', 'home')
  const profile = join(home, 'profiles', 'ada')
  writeHome(profile, [{ id, file: Buffer.from(user('one thing, at length')), rows: null }])
  const other = join(profile, 'sessions', `${id} (1).jsonl`)
  writeFileSync(other, user('one thing, at length') + user('and another'))
  writeFileSync(join(profile, 'sessions', `${id} (2).jsonl`), user('something else, at length'))
  for (const more of [[], ['--namespace', 'team']]) {
    const namespace = more.length === 0 ? 'ada' : 'team/ada'
    const audit = async () => {
      const { stdout } = await runHere(['audit', home, ...more, '--json', '--db', db])
      return importDocument.parse(JSON.parse(stdout)).sources.flatMap(({ problems }) => problems)
    }
    const several = (await audit()).filter(({ code }) => code === 'several-files')
    expect(several).toHaveLength(3)
    const next = several.find(({ path }) => path === other)?.next ?? ''
    expect((await follow(next)).code).toBe(0)
    const { stdout } = await runHere(['list', '--json', '--db', db])
    expect(stdout).toContain(`{"namespace":"${namespace}","id":"${id}"`)
    expect((await audit()).map(({ code }) => code)).not.toContain('several-files')
  }
})
