// What others do to a file while it is archived, or brought back, at every single step that is taken on it.
import { createHash } from 'node:crypto'
import {
  appendFileSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { beforeStep, type Step } from './between.ts'
import { runHere } from './run-here.ts'
import { archiveDocument, restoreDocument } from './schemas.ts'
import { temporaryFolder } from './temporary-folder.ts'

interface Here {
  readonly source: string
  readonly db: string
  readonly archive: string
  /** The file that others are at. */
  readonly file: string
  /** Its name in the archive. */
  readonly target: string
}

const line = (content: string): string => `{"role":"user","content":"${content}, at length"}\n`
const PROVEN = line('a question') + line('one more question')

const made = join(temporaryFolder(), 'made')
const archived = join(temporaryFolder(), 'archived')

function within(folder: string): Here {
  const source = join(folder, 'chats')
  const archive = `${source}-archive`
  const [file, target] = [join(source, 'b.jsonl'), join(archive, 'b.jsonl')]
  return { source, db: join(folder, 'faircopy.db'), archive, file, target }
}

/** A copy, so that every step begins with the same. */
function copyOf(folder: string): Here {
  const copy = join(temporaryFolder(), 'here')
  cpSync(folder, copy, { recursive: true, preserveTimestamps: true })
  return within(copy)
}

beforeAll(async () => {
  const { source, db } = within(made)
  mkdirSync(source, { recursive: true })
  for (const name of ['a', 'b', 'c']) {
    const path = join(source, `${name}.jsonl`)
    writeFileSync(path, name === 'b' ? PROVEN : line(name))
    // A time that can be given to another file to the nanosecond.
    utimesSync(path, 1_700_000_000, 1_700_000_000)
  }
  expect((await runHere(['import', source, '--db', db])).code).toBe(0)
})

function replace(path: string, text: string): void {
  writeFileSync(`${path}.new`, text)
  renameSync(`${path}.new`, path)
}

const ACTS: { readonly [act: string]: (path: string) => void } = {
  'appends a line': (path) => appendFileSync(path, line('came meanwhile')),
  'writes it anew': (path) => replace(path, line('something else')),
  'puts another in its place, as long and as old': (path) => {
    replace(path, PROVEN.replaceAll('question', 'Question'))
    utimesSync(path, 1_700_000_000, 1_700_000_000)
  },
  'deletes it': (path) => rmSync(path, { force: true }),
}

function sha256(text: string | Buffer): string {
  return createHash('sha256').update(text).digest('hex')
}

function textOf(path: string): string | null {
  return existsSync(path) && lstatSync(path).isFile() ? readFileSync(path, 'utf8') : null
}

/** Names and texts of the files of a folder, but for manifests. */
function textsIn(folder: string): ReadonlyMap<string, string> {
  const names = existsSync(folder) ? readdirSync(folder) : []
  return new Map(
    names
      .filter((name) => !/^(manifest|undone)-/.test(name))
      .flatMap((name) => {
        const text = textOf(join(folder, name))
        return text === null ? [] : [[name, text] as const]
      }),
  )
}

/** Whether a file was looked at again from the n-th step on; after the last look nobody can know. */
function isSeen(steps: readonly Step[], nth: number, path: string): boolean {
  return steps
    .slice(nth - 1)
    .some(([call, at]) => call === 'lstat' && (at === path || at.startsWith('/proc')))
}

/** An act on one of the two names, and what it left there. */
function actOn(name: 'file' | 'target', act: string): (here: Here) => string | null {
  return (here) => {
    ACTS[act]?.(here[name])
    return textOf(here[name])
  }
}

/** Tries a command once for each step on the file, with an act right before that step, until no step is left. */
async function atEveryStep(
  from: string,
  command: (here: Here) => readonly string[],
  act: (here: Here) => string | null,
  look: (here: Here, told: Told) => void,
): Promise<void> {
  for (let nth = 1; ; nth++) {
    const here = copyOf(from)
    let left: string | null = null
    const waiting = beforeStep('b.jsonl', nth, () => {
      left = act(here)
    })
    const { code, stdout, stderr } = await runHere([...command(here), '--json', '--db', here.db])
    const came = waiting.undo()
    const { steps } = waiting
    const step = steps[nth - 1]
    look(here, {
      code,
      document: JSON.parse(stdout),
      steps,
      nth,
      left,
      when: `${nth}: ${step?.join(' ')} ${stderr}`,
    })
    if (!came) return expect(nth).toBeGreaterThan(10)
  }
}

interface Told {
  readonly code: number
  readonly document: unknown
  readonly steps: readonly Step[]
  readonly nth: number
  /** What the other left under the name. */
  readonly left: string | null
  readonly when: string
}

/** No system looks at a name and takes it away in one: who replaces a file right between the two is not seen. */
function isUnseen({ steps, nth, left }: Told): boolean {
  return steps[nth - 1]?.[0] === 'unlink' && left !== null && !left.startsWith(PROVEN)
}

/** What was told to be at its new place is there as it was proven; where nobody looked again, perhaps with more behind it. */
function expectProven({ steps, nth, when }: Told, text: string | undefined, looked: string): void {
  expect(isSeen(steps, nth, looked) ? text : text?.slice(0, PROVEN.length), when).toBe(PROVEN)
}

describe('while a file is archived, whoever', () => {
  const archive = ({ source }: Here): readonly string[] => ['archive', source]

  /** What holds at each step: nothing is lost, nothing goes that was not proven, and what is told is so. */
  function look(here: Here, told: Told): void {
    const { code, document, left, when } = told
    const { moved, stays } = archiveDocument.parse(document)
    const own = moved.find(({ path }) => path === here.file)
    const [there, aside] = [textsIn(here.source), textsIn(here.archive)]
    if (left !== null && !isUnseen(told)) expect([...there.values(), ...aside.values()], when).toContain(left)
    expect(code, when).toBe(stays.length > 0 ? 2 : 0)
    const others = moved.filter((one) => one !== own)
    expect(
      others.map(({ target }) => target),
      when,
    ).toEqual(['a.jsonl', 'c.jsonl'])
    expect(
      [...aside.keys()].filter((name) => name.startsWith('.')),
      when,
    ).toEqual([])
    if (own) {
      expect([own.sha256, stays], when).toEqual([sha256(PROVEN), []])
      expectProven(told, aside.get('b.jsonl'), here.file)
    } else {
      expect([undefined, left], when).toContain(aside.get('b.jsonl'))
      expect(
        stays.map(({ path }) => path),
        when,
      ).toEqual(left === null ? expect.anything() : [here.file])
    }
  }

  test.for(Object.keys(ACTS))(
    '%s: it stays, or was moved as it was proven',
    { timeout: 300_000 },
    async (act) => {
      await atEveryStep(made, archive, actOn('file', act), look)
    },
  )

  test('takes its name in the archive: that is not overwritten', { timeout: 300_000 }, async () => {
    const take = ({ archive, target }: Here): string | null => {
      mkdirSync(archive, { recursive: true, mode: 0o700 })
      if (!existsSync(target)) writeFileSync(target, 'mine')
      return textOf(target)
    }
    await atEveryStep(made, archive, take, look)
  })
})

describe('while a file is brought back, whoever', () => {
  beforeAll(async () => {
    cpSync(made, archived, { recursive: true, preserveTimestamps: true })
    const { source, db } = within(archived)
    expect((await runHere(['archive', source, '--db', db])).code).toBe(0)
  })

  function undo({ source, archive }: Here): readonly string[] {
    const name = readdirSync(archive).find((one) => one.startsWith('manifest-')) ?? ''
    const path = join(archive, name)
    const manifest = readFileSync(path, 'utf8').replaceAll(within(archived).source, source)
    writeFileSync(path, manifest)
    return ['archive', '--undo', path, '--yes']
  }

  function look(here: Here, told: Told): void {
    const { code, document, left, when } = told
    const { restored, stays, manifest } = restoreDocument.parse(document)
    const own = restored.find(({ path }) => path === here.file)
    const [there, aside] = [textsIn(here.source), textsIn(here.archive)]
    if (left !== null && !isUnseen(told)) expect([...there.values(), ...aside.values()], when).toContain(left)
    expect(code, when).toBe(stays.length > 0 ? 2 : 0)
    expect(manifest.includes('undone-'), when).toBe(stays.length === 0)
    expect(existsSync(manifest), when).toBe(true)
    const others = restored.filter((one) => one !== own)
    expect(
      others.map(({ target }) => target),
      when,
    ).toEqual(['c.jsonl', 'a.jsonl'])
    if (own) expectProven(told, there.get('b.jsonl'), here.target)
    else expect([undefined, left], when).toContain(there.get('b.jsonl'))
    if (!own)
      expect(
        stays.map(({ path }) => path),
        when,
      ).toEqual([here.file])
  }

  test.for(Object.keys(ACTS))('%s: it stays, or is back as it was', { timeout: 300_000 }, async (act) => {
    await atEveryStep(archived, undo, actOn('target', act), look)
  })

  test('writes to where it was: that is not overwritten', { timeout: 300_000 }, async () => {
    const take = ({ file }: Here): string | null => {
      if (!existsSync(file)) writeFileSync(file, 'mine')
      return textOf(file)
    }
    await atEveryStep(archived, undo, take, look)
  })
})
