import { readLines } from '@faircopy/legacy-jsonl'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

interface Line {
  readonly line: number
  readonly offset: number
  readonly length: number
  readonly text: string | null
  readonly end: string
}

/** Gives every chunk in the same memory, wiped as soon as the next one is asked for, as a careful reader might. */
async function* reused(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  const memory = Buffer.alloc(Math.max(0, ...chunks.map(({ length }) => length)))
  for (const chunk of chunks) {
    memory.set(chunk)
    yield memory.subarray(0, chunk.length)
    memory.fill(0x0a)
  }
}

async function linesOf(chunks: readonly Uint8Array[], maxBytes = 1000): Promise<Line[]> {
  const lines: Line[] = []
  for await (const batch of readLines(reused(chunks), maxBytes)) {
    for (const { line, offset, length, bytes, end } of batch) {
      lines.push({ line, offset, length, text: bytes && Buffer.from(bytes).toString('latin1'), end })
    }
  }
  return lines
}

function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const borders = [
    0,
    ...places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b),
    bytes.length,
  ]
  return borders.slice(1).map((to, i) => bytes.subarray(borders[i], to))
}

/** Bytes in which line ends, byte order marks and their parts are frequent. */
const bytes = fc
  .array(
    fc.oneof(
      fc.constantFrom('\n', '\r', '\r\n', '\xef\xbb\xbf', '\xef\xbb', '\xe2\x80\xa8', 'a', '{"b":1}', '\0'),
      fc.string({ unit: 'binary-ascii', maxLength: 5 }),
    ),
    { maxLength: 30 },
  )
  .map((parts) => Buffer.from(parts.join(''), 'latin1'))
const places = fc.array(fc.nat(200), { maxLength: 20 })

describe('what a line is', () => {
  test.each<[what: string, file: string, lines: (readonly [text: string, end: string])[]]>([
    ['an empty file has none', '', []],
    [
      'the last needs no line end',
      'a\nb',
      [
        ['a', '\n'],
        ['b', ''],
      ],
    ],
    ['a line end at the end begins no line', 'a\n', [['a', '\n']]],
    [
      'an empty line is a line',
      '\n\na',
      [
        ['', '\n'],
        ['', '\n'],
        ['a', ''],
      ],
    ],
    [
      'CRLF is one line end',
      'a\r\nb\r\n',
      [
        ['a', '\r\n'],
        ['b', '\r\n'],
      ],
    ],
    ['only one CR belongs to it', 'a\r\r\n', [['a\r', '\r\n']]],
    ['a lone CR ends nothing', 'a\rb\n', [['a\rb', '\n']]],
    ['a CRLF may be cut', 'a\r', [['a', '\r']]],
    ['a CR may be all there is', '\r', [['', '\r']]],
    ['other separators are text', 'a\x0bb\x0cc\x85\xe2\x80\xa8d\n', [['a\x0bb\x0cc\x85\xe2\x80\xa8d', '\n']]],
    [
      'a byte order mark within the file is text',
      'a\n\xef\xbb\xbfb\n',
      [
        ['a', '\n'],
        ['\xef\xbb\xbfb', '\n'],
      ],
    ],
    ['half a byte order mark is text', '\xef\xbb', [['\xef\xbb', '']]],
    ['only a first byte order mark is skipped', '\xef\xbb\xbf\xef\xbb\xbfa', [['\xef\xbb\xbfa', '']]],
    ['a byte order mark alone is no line', '\xef\xbb\xbf', []],
  ])('%s', async (_, file, expected) => {
    const lines = await linesOf([Buffer.from(file, 'latin1')])
    expect(lines.map(({ text, end }) => [text, end])).toEqual(expected)
  })

  test('offsets count bytes, and a skipped byte order mark', async () => {
    expect(await linesOf([Buffer.from('\uFEFFé\r\n\nx\n')])).toMatchObject([
      { line: 1, offset: 3, length: 2, end: '\r\n' },
      { line: 2, offset: 7, length: 0, end: '\n' },
      { line: 3, offset: 8, length: 1, end: '\n' },
    ])
  })
})

describe('however the bytes come', () => {
  test('the lines and their ends are the file', async () => {
    await fc.assert(
      fc.asyncProperty(bytes, places, async (file, places) => {
        const lines = await linesOf(cut(file, places))
        const said = lines.map(({ text, end }) => text + end).join('')
        const mark = file.subarray(0, 3).toString('latin1') === '\xef\xbb\xbf' ? '\xef\xbb\xbf' : ''
        expect(mark + said).toBe(file.toString('latin1'))
        let offset = mark.length
        for (const [i, line] of lines.entries()) {
          expect(line).toMatchObject({ line: i + 1, offset, length: line.text?.length })
          expect(line.text).not.toContain('\n')
          offset += line.length + line.end.length
        }
      }),
    )
  })

  test('the same bytes in other chunks are the same lines', async () => {
    await fc.assert(
      fc.asyncProperty(bytes, places, fc.integer({ min: 1, max: 12 }), async (file, places, maxBytes) => {
        expect(await linesOf(cut(file, places), maxBytes)).toEqual(await linesOf([file], maxBytes))
      }),
    )
  })

  test('a limit takes the bytes of the longer lines and nothing else', async () => {
    await fc.assert(
      fc.asyncProperty(bytes, places, fc.integer({ min: 1, max: 12 }), async (file, places, maxBytes) => {
        const limited = await linesOf(cut(file, places), maxBytes)
        const expected = (await linesOf([file])).map((line) =>
          line.length > maxBytes ? { ...line, text: null } : line,
        )
        expect(limited).toEqual(expected)
      }),
    )
  })
})
