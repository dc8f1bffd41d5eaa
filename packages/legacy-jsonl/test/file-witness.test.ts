import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  appendFileSync,
  chmodSync,
  closeSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  type FormatAdapter,
  fileWitness,
  hermesJsonl,
  openaiChatJsonl,
  type WitnessItem,
} from '@faircopy/legacy-jsonl'
import { describe, expect, test } from 'vitest'
import { temporaryFolder } from './temporary-folder.ts'

const LINES = [
  '{"role": "user", "content": "naïve 日本\u2028question", "timestamp": "2026-03-02T10:00:10.954000"}',
  '{"role": "assistant", "content": "answer", "reasoning": null, "timestamp": "2026-03-02T10:00:10.954000"}',
] as const

function fileOf(content: string | Uint8Array, name = 'session.jsonl'): string {
  const path = join(temporaryFolder(), name)
  writeFileSync(path, content)
  return path
}

async function readAll(
  path: string,
  adapter: FormatAdapter = hermesJsonl(),
  limits = { maxBytes: 1000, maxDepth: 200 },
): Promise<{ items: WitnessItem[]; digest: string }> {
  const reading = fileWitness({ path, adapter, limits }).read()
  const items: WitnessItem[] = []
  for await (const item of reading) items.push(item)
  return { items, digest: reading.digest }
}

describe('what a file tells', () => {
  test('each line, exactly, at its place', async () => {
    const path = fileOf(`\uFEFF${LINES[0]}\r\n\n${LINES[1]}`)
    const { items, digest } = await readAll(path)
    const second = 3 + Buffer.byteLength(LINES[0]) + 2
    expect(items).toMatchObject([
      { as: 'remark', problem: { code: 'byte-order-mark', path, line: 1, offset: 3 } },
      {
        as: 'entry',
        entry: {
          kind: 'message',
          record: LINES[0],
          at: null,
          stamp: Date.UTC(2026, 2, 2, 10, 0, 10, 954),
          withdrawn: false,
          place: { line: 1, offset: 3 },
        },
      },
      { as: 'blank' },
      { as: 'entry', entry: { record: LINES[1], place: { line: 3, offset: second + 1 } } },
    ])
    expect(digest).toBe(createHash('sha256').update(readFileSync(path)).digest('hex'))
  })

  test('damage, with its bytes, and everything around it', async () => {
    const damaged = Buffer.concat([
      Buffer.from(`${LINES[0]}\n{"role": "assistant", "content": "ans\n\0\0\0\r\n`),
      Buffer.from('{"content": "\xff5"}\n', 'latin1'),
      Buffer.from(`{"role": "tool", "content": "${'x'.repeat(2000)}"}\n${LINES[1]}\n{"role": "assis`),
    ])
    const { items } = await readAll(fileOf(damaged))
    const quarantined = items.flatMap((item) => (item.as === 'quarantined' ? [item.line] : []))
    expect(items.map((item) => item.as)).toEqual([
      'entry',
      'quarantined',
      'quarantined',
      'quarantined',
      'quarantined',
      'entry',
      'quarantined',
    ])
    expect(quarantined.map(({ reason, line }) => [reason, line])).toEqual([
      ['invalid-json', 2],
      ['nul-bytes', 3],
      ['invalid-utf8', 4],
      ['too-long', 5],
      ['torn-tail', 7],
    ])
    for (const { offset, length, bytes, reason } of quarantined) {
      if (reason === 'too-long') expect({ bytes, length }).toEqual({ bytes: null, length: 2031 })
      else expect(Buffer.from(bytes ?? [])).toEqual(damaged.subarray(offset, offset + length))
    }
  })

  test('a quarantined line keeps its bytes after the pass went on', async () => {
    const bad = Buffer.alloc(1000, 'x')
    const path = fileOf(Buffer.concat([bad, Buffer.from('\n'), Buffer.alloc(600_000, '{}\n')]))
    const { items } = await readAll(path)
    const [first] = items
    expect(first?.as === 'quarantined' && Buffer.from(first.line.bytes ?? []).equals(bad)).toBe(true)
    expect(items.filter((item) => item.as === 'entry')).toHaveLength(200_000)
  })

  test('what its adapter makes of it', async () => {
    const adapter: FormatAdapter = {
      ...openaiChatJsonl(),
      decode: ({ record, line }) =>
        line === 1
          ? { as: 'metadata', about: { title: String(record['title']) } }
          : line === 2
            ? { as: 'not-understood', detail: 'a riddle' }
            : { as: 'entry', kind: 'note', at: 5, ...(line === 4 ? { stamp: 7 } : {}) },
    }
    const { items } = await readAll(fileOf('{"title":"Plans"}\n{"x":1}\n{"a":1}\n{"a":2,"a":2}\n'), adapter)
    expect(items).toMatchObject([
      { as: 'metadata', about: { title: 'Plans' } },
      { as: 'quarantined', line: { reason: 'not-understood', line: 2, offset: 18 }, detail: 'a riddle' },
      { as: 'entry', entry: { kind: 'note', at: 5, stamp: 5 } },
      { as: 'remark', problem: { code: 'duplicate-member', line: 4 } },
      { as: 'entry', entry: { kind: 'note', at: 5, stamp: 7, record: '{"a":2,"a":2}' } },
    ])
  })

  test('the digest is known once the pass has ended, not before', async () => {
    const reading = fileWitness({ path: fileOf('{}\n{}\n'), adapter: hermesJsonl() }).read()
    expect(() => reading.digest).toThrow('once the pass has ended')
    for await (const _ of reading) expect(() => reading.digest).toThrow()
    expect(reading.digest).toMatch(/^[0-9a-f]{64}$/)
  })

  test('a line larger than memory is passed over', () => {
    const path = fileOf('')
    const size = 600 * 1024 * 1024
    const file = openSync(path, 'r+')
    ftruncateSync(file, size)
    writeSync(file, '\n{"role": "user", "content": "after"}\n', size)
    closeSync(file)
    const script = `
      import { fileWitness, hermesJsonl } from '@faircopy/legacy-jsonl'
      const items = []
      for await (const item of fileWitness({ path: ${JSON.stringify(path)}, adapter: hermesJsonl() }).read()) items.push(item)
      console.log(JSON.stringify({ items, megabytes: process.resourceUsage().maxRSS / 1024 }))`
    const child = JSON.parse(runNode(script, '--max-old-space-size=64')) as {
      items: WitnessItem[]
      megabytes: number
    }
    expect(child.items).toMatchObject([
      { as: 'quarantined', line: { reason: 'too-long', line: 1, offset: 0, length: size, bytes: null } },
      { as: 'entry', entry: { place: { line: 2, offset: size + 1 } } },
    ])
    expect(child.megabytes).toBeLessThan(300)
  })
})

describe('a source that moves', () => {
  const read = async (path: string) => {
    // A time that can be put back exactly.
    utimesSync(path, 1_700_000_000, 1_700_000_000)
    const witness = fileWitness({ path, adapter: hermesJsonl() })
    expect(await witness.unchanged()).toBe(false)
    for await (const _ of witness.read());
    expect(await witness.unchanged()).toBe(true)
    letFileTimePass(path)
    return witness
  }

  test.each<[what: string, move: (path: string) => void]>([
    ['was appended to', (path) => appendFileSync(path, '{}\n')],
    ['was touched', (path) => utimesSync(path, 1, 1)],
    ['was truncated', (path) => writeFileSync(path, '')],
    ['is gone', (path) => rmSync(path)],
    [
      'was replaced by a copy',
      (path) => {
        const { atime, mtime } = statSync(path)
        writeFileSync(`${path}.new`, readFileSync(path))
        utimesSync(`${path}.new`, atime, mtime)
        renameSync(`${path}.new`, path)
      },
    ],
    [
      'was rewritten in place and its time put back',
      (path) => {
        const { atime, mtime, size } = statSync(path)
        writeFileSync(path, 'x'.repeat(size))
        utimesSync(path, atime, mtime)
      },
    ],
  ])('is known to have changed when it %s', async (_, move) => {
    const path = fileOf(LINES.join('\n'))
    const witness = await read(path)
    move(path)
    expect(await witness.unchanged()).toBe(false)
  })

  test.each<[what: string, move: (path: string) => void]>([
    ['grows', (path) => appendFileSync(path, '{}\n')],
    ['shrinks', (path) => writeFileSync(path, '{}\n')],
    ['is rewritten', (path) => writeFileSync(path, readFileSync(path))],
    ['is gone', (path) => rmSync(path)],
    [
      'is replaced',
      (path) => {
        writeFileSync(`${path}.new`, readFileSync(path))
        renameSync(`${path}.new`, path)
      },
    ],
  ])('fails the pass during which it %s', async (_, move) => {
    const path = fileOf('{"role": "user", "content": "hello"}\n'.repeat(20_000))
    const witness = fileWitness({ path, adapter: hermesJsonl() })
    const reading = witness.read()
    const pass = async (): Promise<void> => {
      let moved = false
      for await (const _ of reading) {
        if (!moved) {
          letFileTimePass(path)
          move(path)
        }
        moved = true
      }
    }
    await expect(pass()).rejects.toMatchObject({ code: 'SOURCE_CHANGED', path })
    expect(() => reading.digest).toThrow()
    expect(await witness.unchanged()).toBe(false)
  })
})

describe('what is no file', () => {
  const pass = async (path: string): Promise<void> => {
    for await (const _ of fileWitness({ path, adapter: hermesJsonl() }).read());
  }
  const unreadable = (path: string, what: string): object => ({
    code: 'SOURCE_UNREADABLE',
    path,
    message: expect.stringContaining(what),
  })

  test('a missing file', async () => {
    const path = join(temporaryFolder(), 'gone.jsonl')
    await expect(pass(path)).rejects.toMatchObject(unreadable(path, 'ENOENT'))
  })

  test('a symbolic link, wherever it leads', async () => {
    const target = fileOf('{}\n')
    const path = `${target}.link.jsonl`
    symlinkSync(target, path)
    await expect(pass(path)).rejects.toMatchObject(unreadable(path, 'symbolic link'))
  })

  test('a FIFO, without waiting for its other end', async () => {
    const path = join(temporaryFolder(), 'fifo.jsonl')
    execFileSync('mkfifo', [path])
    await expect(pass(path)).rejects.toMatchObject(unreadable(path, 'no regular file'))
  })

  test.each(['/dev/null', '/dev/zero'])('a device: %s', async (path) => {
    await expect(pass(path)).rejects.toMatchObject(unreadable(path, 'no regular file'))
  })

  test('a folder', async () => {
    const path = temporaryFolder()
    await expect(pass(path)).rejects.toMatchObject(unreadable(path, 'no regular file'))
  })
})

test('nothing is written, moved or left beside a source', async () => {
  const folder = join(temporaryFolder(), 'sessions')
  mkdirSync(folder)
  const path = join(folder, 'session.jsonl')
  writeFileSync(path, `${LINES.join('\n')}\n{"torn`)
  chmodSync(path, 0o444)
  chmodSync(folder, 0o555)
  const state = (): unknown => {
    const { atimeMs: _, atimeNs: __, atime: ___, ...file } = statSync(path, { bigint: true })
    const { mtimeNs, ctimeNs } = statSync(folder, { bigint: true })
    return { file, mtimeNs, ctimeNs, names: readdirSync(folder), bytes: readFileSync(path, 'hex') }
  }
  const before = state()
  await readAll(path)
  expect(state()).toEqual(before)
  chmodSync(folder, 0o755)
})

/** Until a change made now bears another time than the file's last one: some kernels' file times move in steps. */
function letFileTimePass(path: string): void {
  const { ctimeNs } = statSync(path, { bigint: true })
  const probe = `${path}.probe`
  do writeFileSync(probe, '')
  while (statSync(probe, { bigint: true }).ctimeNs <= ctimeNs)
}

/** Runs a module in a process of its own, against what this suite runs against, and gives what it printed. */
function runNode(script: string, ...flags: string[]): string {
  const source =
    process.env['TEST_AGAINST'] === 'dist'
      ? []
      : ['--conditions=@faircopy/source', '--experimental-strip-types', '--no-warnings']
  const child = spawnSync(process.execPath, [...source, ...flags, '--input-type=module', '-e', script], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    encoding: 'utf8',
  })
  expect(child.stderr).toBe('')
  return child.stdout
}
