import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type ImportReport,
  openJsonlSource,
  planImport,
  runImport,
  undoImport,
  verifySource,
} from '@faircopy/legacy-jsonl'
import { createMemoryStore } from '@faircopy/store-core/memory'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { temporaryFolder } from './temporary-folder.ts'

const ID = '20260302_100000_aaaaaaaa'

/** A line so short that it is no anchor. */
const said = (text: string, end = '\n'): string => `{"role":"user","content":"${text}"}${end}`
const BROKEN = '{"role":"user","content":oops}\n'

type Store = ReturnType<typeof createMemoryStore>

async function importOf(path: string, store: Store): Promise<ImportReport> {
  const source = await openJsonlSource(path)
  try {
    return await runImport(await planImport(source, store))
  } finally {
    await source.close()
  }
}

async function proofOf(path: string, store: Store) {
  const source = await openJsonlSource(path)
  try {
    return await verifySource(source, store)
  } finally {
    await source.close()
  }
}

const codesOf = ({ sources }: ImportReport): readonly string[] =>
  sources.flatMap(({ problems }) => problems.map(({ code }) => code))

async function says(store: Store, id = ID): Promise<string> {
  const texts: string[] = []
  for await (const { record } of store.read(id)) texts.push(String(JSON.parse(record).content))
  return texts.join(' ')
}

async function aside(store: Store, id = ID): Promise<readonly string[]> {
  const reasons: string[] = []
  for await (const { reason } of store.quarantined(id)) reasons.push(reason)
  return reasons
}

/** A folder with one transcript that was imported. */
async function imported(text: string | Buffer) {
  const folder = join(temporaryFolder(), 'sessions')
  mkdirSync(folder)
  const file = join(folder, `${ID}.jsonl`)
  writeFileSync(file, text)
  const store = createMemoryStore()
  await importOf(folder, store)
  return { folder, file, store }
}

/** Imports what the file says now, and expects all of it in the store, proven, with nothing left to tell. */
async function expectMended(
  { folder, store }: { readonly folder: string; readonly store: Store },
  all: string,
  left: readonly string[] = [],
): Promise<void> {
  const report = await importOf(folder, store)
  expect(codesOf(report)).toEqual(left)
  expect(report.sessions.map(({ verdict }) => verdict)).not.toContain('ambiguous')
  expect(await says(store)).toBe(all)
  expect(await aside(store)).toEqual(left)
  expect((await proofOf(folder, store)).findings).toEqual([])
  expect(await importOf(folder, store)).toMatchObject({ importId: null })
}

describe('a line that was mended where it stands takes its place', () => {
  test.for<[what: string, before: string, after: string, all: string]>([
    ['between two', said('a') + BROKEN + said('b'), said('a') + said('mended') + said('b'), 'a mended b'],
    ['as the first', BROKEN + said('a') + said('b'), said('mended') + said('a') + said('b'), 'mended a b'],
    ['as the last', said('a') + said('b') + BROKEN, said('a') + said('b') + said('m'), 'a b m'],
    ['alone with one', said('a') + BROKEN, said('a') + said('m'), 'a m'],
    ['as its neighbour', said('ok') + BROKEN + said('ok'), said('ok').repeat(3), 'ok ok ok'],
    ['shorter', said('a') + BROKEN + said('b'), `${said('a')}{"role":"user"}\n${said('b')}`, 'a undefined b'],
    [
      'two of them',
      said('a') + BROKEN + said('b') + BROKEN + said('c'),
      ['a', 'long as can be', 'b', '', 'c'].map((t) => said(t)).join(''),
      'a long as can be b  c',
    ],
    [
      'two at once',
      said('a') + BROKEN + BROKEN + said('b'),
      said('a') + said('m') + said('n') + said('b'),
      'a m n b',
    ],
    [
      'into two lines',
      said('a') + BROKEN + said('b'),
      said('a') + said('m') + said('n') + said('b'),
      'a m n b',
    ],
    ['into three that say the same', said('a') + BROKEN + said('a'), said('a').repeat(5), 'a a a a a'],
    ['taken out', said('a') + BROKEN + said('b'), said('a') + said('b'), 'a b'],
    ['emptied', said('a') + BROKEN + said('b'), `${said('a')}\n${said('b')}`, 'a b'],
    [
      'in a file that has grown',
      said('a') + BROKEN + said('b'),
      said('a') + said('m') + said('b') + said('c'),
      'a m b c',
    ],
    ['at the end of a file that has grown', said('a') + BROKEN, said('a') + said('m') + said('c'), 'a m c'],
    [
      'beside blank lines',
      `${said('a')}\n${BROKEN}\n${said('b')}`,
      `${said('a')}\n${said('m')}\n${said('b')}`,
      'a m b',
    ],
    [
      'with CRLF',
      said('a', '\r\n') + BROKEN.replace('\n', '\r\n') + said('b', '\r\n'),
      said('a', '\r\n') + said('m', '\r\n') + said('b', '\r\n'),
      'a m b',
    ],
  ])('%s', async ([, before, after, all]) => {
    const made = await imported(before)
    expect((await aside(made.store)).length).toBeGreaterThan(0)
    writeFileSync(made.file, after)
    await expectMended(made, all)
  })

  test('behind a byte order mark', async () => {
    const made = await imported(`\ufeff${BROKEN}${said('b')}`)
    writeFileSync(made.file, `\ufeff${said('m')}${said('b')}`)
    expect(codesOf(await importOf(made.folder, made.store))).toEqual(['byte-order-mark'])
    expect(await says(made.store)).toBe('m b')
    expect(await aside(made.store)).toEqual([])
  })

  test('one by one, while the file grows: what is left is counted once', async () => {
    const made = await imported(said('a') + BROKEN + said('b') + BROKEN)
    expect(await aside(made.store)).toHaveLength(2)
    appendFileSync(made.file, said('c') + BROKEN)
    await expectMended(made, 'a b c', ['invalid-json', 'invalid-json', 'invalid-json'])
    const mend = (by: string): void =>
      writeFileSync(made.file, readFileSync(made.file, 'utf8').replace(BROKEN, by))
    mend(said('m1, longer than it was'))
    await expectMended(made, 'a m1, longer than it was b c', ['invalid-json', 'invalid-json'])
    appendFileSync(made.file, said('d'))
    await expectMended(made, 'a m1, longer than it was b c d', ['invalid-json', 'invalid-json'])
    mend(said('m2'))
    mend('')
    await expectMended(made, 'a m1, longer than it was b m2 c d')
    appendFileSync(made.file, said('e'))
    await expectMended(made, 'a m1, longer than it was b m2 c d e')
  })

  test('taken out, so that the file is again what it was before', async () => {
    const made = await imported(said('a'))
    appendFileSync(made.file, BROKEN)
    await importOf(made.folder, made.store)
    expect(await aside(made.store)).toHaveLength(1)
    writeFileSync(made.file, said('a'))
    await expectMended(made, 'a')
  })

  test('taken out, so that the file is again what it was, with another line that is none', async () => {
    const broken = (n: number): string => BROKEN.replace('oops', `oops${n}`)
    const made = await imported(said('a'))
    const is = async (text: string, all: string, left: number): Promise<void> => {
      writeFileSync(made.file, text)
      await expectMended(
        made,
        all,
        Array.from({ length: left }, () => 'invalid-json'),
      )
    }
    const one = said('a') + broken(0)
    for (let times = 0; times < 2; times++) {
      await is(one, 'a', 1)
      await is(one + broken(1), 'a', 2)
      await is(one, 'a', 1)
      await is(said('a') + broken(2), 'a', 1)
    }
    const kept: string[] = []
    for await (const { bytes } of made.store.quarantined(ID)) kept.push(Buffer.from(bytes ?? []).toString())
    expect(kept).toEqual([broken(2).trimEnd()])
    await is(`${one}${said('c')}`, 'a c', 1)
    await is(one + broken(1) + said('c'), 'a c', 2)
    await is(one + said('c'), 'a c', 1)
  })

  test('and is still none: it is counted once, as what it is', async () => {
    const made = await imported(said('a') + BROKEN + said('b'))
    writeFileSync(made.file, `${said('a')}[1]\n${said('b')}`)
    await expectMended(made, 'a b', ['not-an-object'])
  })

  test('which says what its neighbours say, at another time: each line is there, once', async () => {
    const ok = (time: number): string =>
      `{"role":"user","content":"ok","timestamp":"2026-03-02T10:00:0${time}"}\n`
    const made = await imported(ok(1) + BROKEN + ok(3) + ok(4) + BROKEN)
    const after = [1, 2, 3, 4, 5].map(ok).join('')
    writeFileSync(made.file, after)
    await expectMended(made, 'ok ok ok ok ok')
    const records: string[] = []
    for await (const { record } of made.store.read(ID)) records.push(`${record}\n`)
    expect(records.join('')).toBe(after)
  })

  test('that was too long to be kept', async () => {
    const made = await imported(`${said('a')}${said('x'.repeat(17 * 1024 * 1024))}${said('b')}`)
    writeFileSync(made.file, said('a') + said('short') + said('b'))
    await expectMended(made, 'a short b')
  })

  test('once the file lies elsewhere', async () => {
    const made = await imported(said('a') + BROKEN + said('b'))
    const folder = `${made.folder}.moved`
    renameSync(made.folder, folder)
    writeFileSync(join(folder, `${ID}.jsonl`), said('a') + said('m') + said('b'))
    await expectMended({ folder, store: made.store }, 'a m b')
  })

  test('of several files at once', async () => {
    const made = await imported(said('a') + BROKEN + said('b'))
    const other = join(made.folder, '20260302_110000_bbbbbbbb.jsonl')
    writeFileSync(other, BROKEN + said('x') + said('y'))
    await importOf(made.folder, made.store)
    writeFileSync(made.file, said('a') + said('m') + said('b'))
    writeFileSync(other, said('w') + said('x') + said('y'))
    await expectMended(made, 'a m b')
    expect(await says(made.store, '20260302_110000_bbbbbbbb')).toBe('w x y')
    expect(await aside(made.store, '20260302_110000_bbbbbbbb')).toEqual([])
  })

  test('where a text was redacted, also from the line as it was', async () => {
    const made = await imported(`${said('a secret')}a secret\n${said('b')}`)
    await made.store.redact(ID, 1, 'a secret')
    writeFileSync(made.file, said('a secret') + said('m') + said('b'))
    await importOf(made.folder, made.store)
    expect(await says(made.store)).toBe('[redacted] m b')
    expect(await aside(made.store)).toEqual([])
    expect((await proofOf(made.folder, made.store)).findings).toEqual([])
  })
})

test('S27 a text that begins with a byte order mark is redacted from a line that begins with it', async () => {
  const made = await imported(`${said('\ufeffsecret')}\ufeffsecret\n`)
  await made.store.redact(ID, 1, '\ufeffsecret')
  for await (const { bytes } of made.store.quarantined(ID)) expect(bytes).toBeNull()
  expect(await aside(made.store)).toHaveLength(1)
})

describe('what was written live since the import stays behind', () => {
  test.for<[string, string, string, string]>([
    ['a line between two', said('a') + BROKEN + said('b'), said('a') + said('m') + said('b'), 'a m b live'],
    ['the last line', said('a') + said('b') + BROKEN, said('a') + said('b') + said('m'), 'a b m live'],
    ['a torn line', said('a') + said('torn').slice(0, -9), said('a') + said('torn'), 'a torn live'],
    ['the only line but one', BROKEN + said('b'), said('m') + said('b'), 'm b live'],
    [
      'a line between two that says the same',
      said('a') + BROKEN + said('b'),
      said('a') + said('live') + said('b'),
      'a live b live',
    ],
    // Its writer may well have completed the line and told the store of the message.
    [
      'the last line, which says the same, is the same',
      said('a') + BROKEN,
      said('a') + said('live'),
      'a live',
    ],
  ])('%s', async ([, before, after, all]) => {
    const made = await imported(before)
    await made.store.append(ID, [{ record: { role: 'user', content: 'live' } }])
    writeFileSync(made.file, after)
    await expectMended(made, all)
  })

  test('what the file has grown by is not known to come before it, nor behind', async () => {
    const made = await imported(said('a') + BROKEN)
    await made.store.append(ID, [{ record: { role: 'user', content: 'live' } }])
    writeFileSync(made.file, said('a') + said('m') + said('grown'))
    expect((await importOf(made.folder, made.store)).sessions).toMatchObject([{ verdict: 'ambiguous' }])
  })

  test('not behind a line that came between two imports, which nothing proves to be before it', async () => {
    const made = await imported(said('a') + BROKEN)
    await made.store.append(ID, [{ record: { role: 'user', content: 'live' } }])
    appendFileSync(made.file, `\n${BROKEN}`)
    await importOf(made.folder, made.store)
    writeFileSync(made.file, `${said('a')}${said('m')}\n${BROKEN}`)
    await expectMended(made, 'a m live', ['invalid-json'])
    writeFileSync(made.file, `${said('a')}${said('m')}\n${said('n')}`)
    expect((await importOf(made.folder, made.store)).sessions).toMatchObject([{ verdict: 'ambiguous' }])
  })

  test('what was written before it does not', async () => {
    const made = await imported(said('a') + said('b'))
    await made.store.append(ID, [{ record: { role: 'user', content: 'live' } }])
    appendFileSync(made.file, BROKEN)
    await importOf(made.folder, made.store)
    writeFileSync(made.file, said('a') + said('b') + said('m'))
    // Whether the line or the live message came first, nothing proves.
    expect((await importOf(made.folder, made.store)).sessions).toMatchObject([{ verdict: 'ambiguous' }])
  })
})

describe('what is no mending', () => {
  test.for<[string, string]>([
    ['another line was edited', said('a') + said('m') + said('B')],
    [
      'another line was edited besides, and says the same',
      said('a') + said('m') + said('b').replace(':"b', ': "b'),
    ],
    ['another line was taken out', said('a') + said('m')],
    ['a line was put elsewhere', said('new') + said('a') + BROKEN + said('b')],
  ])('%s: it is told as an edit', async ([, after]) => {
    const made = await imported(said('a') + BROKEN + said('b'))
    writeFileSync(made.file, after)
    expect(codesOf(await importOf(made.folder, made.store))).toContain('source-edited')
  })

  test('what was mended is edited again', async () => {
    const made = await imported(said('a') + BROKEN + said('b'))
    writeFileSync(made.file, said('a') + said('m') + said('b'))
    await importOf(made.folder, made.store)
    writeFileSync(made.file, said('a') + said('mm') + said('b'))
    expect(codesOf(await importOf(made.folder, made.store))).toContain('source-edited')
  })
})

test('the import that took what was mended is undone: the line counts again', async () => {
  const made = await imported(said('a') + BROKEN + said('b'))
  writeFileSync(made.file, said('a') + said('m') + said('b'))
  const { importId } = await importOf(made.folder, made.store)
  expect(await aside(made.store)).toEqual([])
  await undoImport(made.store, importId ?? '')
  expect(await says(made.store)).toBe('a b')
  expect(await aside(made.store)).toEqual(['invalid-json'])
  await expectMended(made, 'a m b')
})

test('whatever is mended, taken out, split and added between imports: the session says what the file says (property)', async () => {
  const step = fc.record({
    does: fc.constantFrom('grow', 'break', 'mend', 'split', 'remove'),
    which: fc.nat(20),
    text: fc.constantFrom('ok', 'no', 'a longer text that is distinctive', 'yes'),
    imports: fc.boolean(),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 12 }), async (steps) => {
      const folder = mkdtempSync(join(tmpdir(), 'faircopy-mended-'))
      try {
        const file = join(folder, `${ID}.jsonl`)
        let lines = [said('first')]
        let stamp = 0
        const line = (text: string): string =>
          `{"role":"user","content":"${text}","timestamp":"2026-03-02T10:00:00.${String(stamp++).padStart(3, '0')}"}\n`
        const store = createMemoryStore()
        writeFileSync(file, lines.join(''))
        await importOf(folder, store)
        for (const { does, which, text, imports } of [
          ...steps,
          { does: 'grow', which: 0, text: 'end', imports: true },
        ]) {
          const broken = lines.flatMap((each, i) =>
            each.startsWith('{"role":"user","content":oops') ? [i] : [],
          )
          const at = broken[which % Math.max(1, broken.length)] ?? -1
          if (does === 'grow' || (at === -1 && does !== 'break')) lines = [...lines, line(text)]
          else if (does === 'break') lines = [...lines, BROKEN.replace('oops', `oops${stamp++}`)]
          else {
            const by = does === 'mend' ? [line(text)] : does === 'split' ? [line(text), line(text)] : []
            lines = [...lines.slice(0, at), ...by, ...lines.slice(at + 1)]
          }
          if (!imports) continue
          writeFileSync(file, lines.join(''))
          const [session] = (await importOf(folder, store)).sessions
          expect(session?.verdict).not.toBe('ambiguous')
          const records: string[] = []
          for await (const { record } of store.read(ID)) records.push(`${record}\n`)
          const good = lines.filter((each) => !each.includes('oops'))
          expect(records).toEqual(good)
          expect(await aside(store)).toHaveLength(lines.length - good.length)
          expect((await proofOf(folder, store)).findings).toEqual([])
        }
      } finally {
        rmSync(folder, { recursive: true, force: true })
      }
    }),
    { numRuns: 60 },
  )
})
