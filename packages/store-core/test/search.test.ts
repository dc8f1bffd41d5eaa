import { openaiChat } from '@faircopy/store-core'
import {
  atOnce,
  foldText,
  indexTermsInSteps,
  matches,
  queryTerms,
  relevance,
  searchPieces,
  searchText,
} from '@faircopy/store-core/backend'
import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { LONGEST_WORD } from '../src/search-limits.ts'
import { indexTerms, searchUnits } from '../src/search-terms.ts'
import {
  plainFold,
  plainMatches,
  plainPieces,
  plainRelevance,
  plainTerms,
  plainUnits,
} from './plain-search.ts'

const found: readonly (readonly [what: string, query: string, text: string])[] = [
  ['a word', 'deploy', 'We deploy today.'],
  ['case', 'DEPLOY', 'we Deploy today'],
  ['words in any order', 'today deploy', 'deploy it today'],
  ['accents in the text', 'cafe resume', 'Café, résumé'],
  ['accents in the query', 'Café', 'the cafe'],
  ['decomposed accents', 'café', 'cafe\u0301'],
  ['German', 'strasse', 'Die Straße'],
  ['German, capital ẞ', 'STRAẞE', 'die strasse'],
  ['Polish', 'lodz', 'Łódź'],
  ['Danish', 'smorrebrod', 'smørrebrød'],
  ['Turkish', 'istanbul diyarbakir', 'İstanbul, Diyarbakır'],
  ['Vietnamese', 'dien thoai', 'Điện thoại'],
  ['Greek final sigma', 'ΟΔΟΣ', 'η οδος'],
  ['Cyrillic', 'ёлка', 'Елка'],
  ['width', 'ABC 123', 'ＡＢＣ　１２３'],
  ['half-width kana', 'ガイド', 'ｶﾞｲﾄﾞ'],
  ['ligatures', 'office', 'o\ufb03ce'],
  ['a soft hyphen', 'cooperate', 'co\u00adoperate'],
  ['camel and snake', 'fooBar_baz', 'let fooBar_baz = 1'],
  ['a part of a snake', 'baz', 'let fooBar_baz = 1'],
  ['a version', 'v2.1', 'since v2.1, and'],
  ['a path', 'foo::bar', 'use foo::bar;'],
  ['an apostrophe', "don't", "I don't"],
  ['a typographic one', "don't", 'I don’t'],
  ['a hyphen', 'multi-agent', 'a multi-agent system'],
  ['a hyphen left out', 'multi-agent', 'a multi agent system'],
  ['an address', 'a.b@example.org', 'mail a.b@example.org!'],
  ['a file', 'src/index.ts', 'in packages/src/index.ts:12'],
  ['a phrase', '"exactly this"', 'say exactly this now'],
  ['an open quote', '"exactly', 'exactly'],
  ['a beginning', 'deploy*', 'the deployment'],
  ['a beginning in a piece', 'foo::deploy*', 'foo::deployment'],
  ['a beginning too short to count', 'de*', 'a glob de*'],
  ['one Chinese character', '搜', '中文搜索引擎'],
  ['two', '搜索', '中文搜索引擎'],
  ['four', '搜索引擎', '中文搜索引擎'],
  ['four over a line end', '搜索引擎', '中文搜索\n引擎'],
  ['one Japanese character', 'の', '東京の天気'],
  ['kana', 'てんき', '今日のてんきは'],
  ['the long vowel mark', 'ケース', 'スマホケースを'],
  ['Korean within a word', '국어', '한국어를'],
  ['Korean, decomposed', '한국', '한국어'.normalize('NFD')],
  ['Thai within a run', 'ประเทศ', 'ที่นี่ประเทศไทย'],
  ['Thai, one character', 'ท', 'ประเทศไทย'],
  ['Lao', 'ລາວ', 'ພາສາລາວ'],
  ['Khmer', 'ខ្មែរ', 'ភាសាខ្មែរ'],
  ['Myanmar', 'မြန်မာ', 'မြန်မာဘာသာ'],
  ['Arabic', 'مرحبا', 'مَرْحَبًا بكم'],
  ['Arabic with hamza', 'احمد', 'أحمد'],
  ['Persian without the joiner', 'میخواهم', 'می‌خواهم'],
  ['Hebrew with points', 'שלום', 'שָׁלוֹם'],
  ['Hindi', 'दुनिया', 'नमस्ते दुनिया'],
  ['an emoji', '🎉', 'done🎉'],
  ['an emoji of any skin', '👍', 'ok 👍🏽'],
  ['an emoji with joiners', '👨‍👩‍👧', 'the 👨‍👩‍👧 emoji'],
  ['a symbol', '€', '5€'],
  ['glued Latin and CJK by the Latin', 'iPhone', '最新iPhone用ケース'],
  ['glued Latin and CJK by the CJK', '用', '最新iPhone用ケース'],
  ['glued Latin and CJK by both', 'iPhone用ケース', '最新iPhone用ケース'],
  ['glued Latin and CJK, set apart', 'iPhone用', '最新 iPhone 用 ケース'],
  ['glued Thai and Latin', 'LINE', 'แชทLINEได้'],
  ['a number', '1,000', 'costs 1,000'],
  ['an unpaired surrogate', 'a\ud83cb', 'a\ud83cb'],
]

const notFound: typeof found = [
  ['nothing', '', 'text'],
  ['punctuation alone', '!!! "" -- *', '!!! "" -- *'],
  ['a part of a word', 'ploy', 'deploy'],
  ['a beginning that is not marked', 'deploy', 'deployment'],
  ['a beginning too short', 'de*', 'deploy'],
  ['one of two words', 'deploy never', 'deploy today'],
  ['another version', 'v2.1', 'v2.10'],
  ['a piece in another order', 'bar::foo', 'foo::bar'],
  ['a phrase that is interrupted', '"a c"', 'a b c'],
  ['characters in another order', '索搜', '中文搜索'],
  ['characters that are apart', '中索', '中文搜索'],
  ['kana with another voicing', 'か', 'が'],
  ['Thai with another vowel', 'ที', 'ทา'],
  ['what a long word begins with', 'x'.repeat(LONGEST_WORD - 1), 'x'.repeat(LONGEST_WORD + 1)],
]

describe('S17 what matches', () => {
  it.each(found)('S17 %s: %j is found in %j', (_, query, text) => {
    expect(matches(query, text)).toBe(true)
    expect(relevance(query, text)).toBeGreaterThan(0)
  })

  it.each(notFound)('S17 %s: %j is not found in %j', (_, query, text) => {
    expect(matches(query, text)).toBe(false)
    expect(relevance(query, text)).toBe(0)
  })
})

const scripts = [
  'abcdefzABZ0129_-.:\'"*/ ',
  'éàßøÅŁıİﬁ\u0301',
  'Σσς ЁёйЖ ',
  '中文搜索引擎用的、。　',
  'ガｶﾞケースー々〇ヲを\u3099',
  '한국어가각',
  'ประเทศไทยที่นี่ำ',
  'مرحباأًـ\u200c',
  'नमस्ते्',
  '🎉👍🏽👨‍👩‍👧🇩🇪1️⃣€→│⠋',
  '\0\n\t\u200b\u00ad\ufeff\u2028',
]
const mixed = fc
  .array(
    fc.oneof(
      ...scripts.map((script) => fc.constantFrom(...Array.from(script))),
      fc.string({ unit: 'binary', maxLength: 3 }),
      fc.constantFrom('\ud83c', '\udf89'),
    ),
    { maxLength: 60 },
  )
  .map((parts) => parts.join(''))

/** Words and characters that make rows likely: few of them, in scripts that fold in every way, glued and apart. */
const crowded = fc
  .array(
    fc.tuple(
      fc.constantFrom(
        ...[
          'a',
          'b',
          'ab',
          'abc',
          'É',
          'Σ',
          'ς',
          'İ',
          'ß',
          'ＡＢ',
          '搜',
          '索',
          'が',
          'か',
          '한',
          '각',
          'ท',
          'ที่',
        ],
        ...['नि', '🎉', '𝐚', '𐐀', '𐐨', '\u0301', '\u3099', '\u1161', '\u11a8', '\u200d', '\u00ad', '\u200b'],
        ...[
          'x'.repeat(LONGEST_WORD - 1),
          'x'.repeat(LONGEST_WORD),
          '𐐨'.repeat(40),
          '，',
          '…',
          '\ud83c',
          '\udf89',
        ],
      ),
      fc.constantFrom('', '', ' ', '_', '* ', '"', ' "'),
    ),
    { maxLength: 40 },
  )
  .map((parts) => parts.flat().join(''))
/** A text, and a query that has a chance: a part of it, or something of the same kind. */
const asked = fc.oneof(mixed, crowded).chain((text) => {
  const length = Array.from(text).length
  const part = fc.tuple(fc.nat(length), fc.nat(12), fc.constantFrom('', '*', ' a', '"')).map(
    ([from, many, end]) =>
      Array.from(text)
        .slice(from, from + many)
        .join('') + end,
  )
  return fc.record({ text: fc.constant(text), query: fc.oneof(part, part, crowded) })
})

describe('S17 as the plain predicate says', () => {
  it('S17 every character folds as it does there, beside every kind of neighbour', {
    timeout: 60_000,
  }, () => {
    const neighbours = ['e', 'か', '가', '한', 'Σ', 'a\u0301', '\u3099', '\u11a8', 'ſ', ' ']
    const other: string[] = []
    const long = 'x'.repeat(4096)
    for (let page = 0; page < 0x100; page++) {
      const characters = Array.from({ length: 256 }, (_, low) => String.fromCodePoint(page * 256 + low))
      for (const beside of neighbours) {
        // The long part keeps the characters from being folded all at once.
        const text = `${long}${characters.map((one) => `${one}${beside}${one}`).join('')}`
        if (foldText(text) !== plainFold(text)) other.push(`${page.toString(16)} beside ${beside}`)
      }
    }
    expect(other).toEqual([])
  })

  it('S17 what joins the character before it is known, so that the others may be folded apart', () => {
    const joining = new Set<string>()
    for (let code = 0; code < 0x110000; code++) {
      const parts = Array.from(String.fromCodePoint(code).normalize('NFD'))
      for (const part of parts.slice(1)) joining.add(part)
    }
    for (const part of joining) {
      const text = `${'x'.repeat(4096)}가か${part}e${part}`
      expect(foldText(text), part.codePointAt(0)?.toString(16)).toBe(plainFold(text))
    }
  })

  it('S17 of every text: the fold, the units, the terms', () => {
    fc.assert(
      fc.property(fc.oneof(mixed, crowded), fc.constantFrom('', 'Ab '.repeat(200)), (part, before) => {
        const text = before + part
        expect(foldText(text)).toBe(plainFold(text))
        expect(searchUnits(text)).toEqual(plainUnits(text))
        expect([...indexTerms(text)].toSorted()).toEqual(plainTerms(text).toSorted())
      }),
      { numRuns: 3000 },
    )
  })

  it('S17 of a text that is cut into steps, wherever that falls', () => {
    // What is folded and read in one step has 8 Ki units.
    const before = fc.nat(60).map((units) => 'é x '.repeat(2048).slice(units))
    fc.assert(
      fc.property(fc.oneof(mixed, crowded), before, (part, long) => {
        const text = long + part + long
        expect(atOnce(indexTermsInSteps(text))).toEqual(new Set(plainTerms(text)))
      }),
      { numRuns: 300 },
    )
    expect([...indexTermsInSteps('word '.repeat(100_000))].length).toBeGreaterThan(100)
  })

  it('S17 of every query: its pieces, whether it matches, and how well', () => {
    let found = 0
    fc.assert(
      fc.property(asked, ({ text, query }) => {
        expect(searchPieces(query)).toEqual(plainPieces(query))
        const does = plainMatches(query, text)
        if (does) found++
        expect(matches(query, text)).toBe(does)
        expect(relevance(query, text)).toBe(plainRelevance(query, text))
      }),
      { numRuns: 5000 },
    )
    expect(found).toBeGreaterThan(1000)
  })

  it('S17 of rows that overlap, and of queries that are cut', () => {
    for (const [query, text] of [
      ['"a a"', 'a a a a a'],
      ['中中', '中中中中中'],
      ['abc*', 'abcabc abcd'],
    ] as const)
      expect(relevance(query, text)).toBe(plainRelevance(query, text))
    for (const query of [`"${'a '.repeat(999)}abc* b"`, `"${'a '.repeat(999)}abc* !"`, `"abc* b" x* "y`])
      expect(searchPieces(query)).toEqual(plainPieces(query))
  })

  it('S17 a row that nearly stands everywhere costs no more than reading the text', () => {
    for (const [query, unit] of [
      [`"${'a '.repeat(500)}b"`, 'a '],
      ['a'.repeat(50), 'a'],
      [`"${'a '.repeat(900)}b"`, `a${','.repeat(1000)}`],
      [`"${'中'.repeat(900)}b"`, '中'],
    ] as const) {
      const text = unit.repeat(200_000 / unit.length)
      expect(matches(query, text)).toBe(false)
      expect(matches(query, `${text} ${query}`)).toBe(true)
    }
  })
})

describe('S17 for any text', () => {
  it('S17 folding twice changes nothing, for every character and for mixtures', () => {
    const unstable: string[] = []
    for (let code = 0; code < 0x110000; code++) {
      if (code >= 0xd800 && code < 0xe000) continue
      const once = foldText(String.fromCodePoint(code))
      if (foldText(once) !== once) unstable.push(code.toString(16))
    }
    expect(unstable).toEqual([])
    fc.assert(fc.property(mixed, (text) => foldText(foldText(text)) === foldText(text)))
  })

  it('S17 a text is found by any of its parts between spaces', () => {
    fc.assert(
      fc.property(mixed, mixed, mixed, (before, query, after) => {
        fc.pre(searchPieces(query).length > 0)
        return matches(query, `${before} ${query} ${after}`)
      }),
      { numRuns: 2000 },
    )
  })

  it('S17 the terms of an index never rule out a text that matches', () => {
    const query = fc.oneof(mixed, fc.tuple(mixed, fc.nat(50), fc.nat(50)))
    fc.assert(
      fc.property(mixed, query, (text, asked) => {
        const part =
          typeof asked === 'string'
            ? asked
            : Array.from(text)
                .slice(asked[1], asked[1] + asked[2])
                .join('')
        if (!matches(part, text)) return
        const terms = indexTerms(text)
        for (const term of queryTerms(searchPieces(part))) {
          const there = term.prefix
            ? [...terms].some((one) => one.startsWith(term.text))
            : terms.has(term.text)
          expect(there).toBe(true)
        }
      }),
      { numRuns: 3000 },
    )
  })

  it('S17 terms hold nothing that a tokeniser of ASCII would split or fold', () => {
    fc.assert(
      fc.property(mixed, (text) => {
        for (const term of indexTerms(text)) expect(term).toMatch(/^(?:[a-z0-9]|[^\0-\x7f])+$/)
        for (const term of indexTerms(text)) expect(term.isWellFormed()).toBe(true)
      }),
    )
  })

  it('S17 100 kB of anything is a query', () => {
    for (const unit of ['x', 'x ', '中', '"', '(', 'NEAR(', '\0', '\ud83c', 'a* ', 'é', '🎉'])
      expect(typeof matches(unit.repeat(100_000 / unit.length), 'x 中')).toBe('boolean')
    const long = '中'.repeat(100_000)
    expect(matches(long, long)).toBe(true)
    expect(matches(long, '中'.repeat(999))).toBe(false)
  })

  it('S17 a word beyond the longest is still compared whole', () => {
    const word = 'ab'.repeat(100)
    expect(matches(word, `x ${word} y`)).toBe(true)
    expect(matches(`${word}*`, `${word}cd`)).toBe(true)
    expect(matches(word, `${word}c`)).toBe(false)
    expect(Math.max(...searchUnits(word).map(({ length }) => length))).toBe(LONGEST_WORD)
  })
})

test('S17 the best is what says it more often, and in fewer words', () => {
  expect(relevance('cat', 'cat cat')).toBeGreaterThan(relevance('cat', 'cat dog'))
  expect(relevance('cat', 'cat')).toBeGreaterThan(relevance('cat', `cat${' dog'.repeat(200)}`))
  expect(relevance('cat dog', 'cat cat cat')).toBe(0)
})

describe('S17 what of an entry is searched', () => {
  const text = (record: object, kind = 'message'): string =>
    searchText({ kind, record: JSON.stringify(record) }, openaiChat)

  it('S17 content, in text and in parts, of any kind', () => {
    expect(text({ role: 'user', content: 'hello' })).toBe('hello')
    expect(
      text({
        role: 'user',
        content: [
          { type: 'text', text: 'a' },
          { type: 'image_url', image_url: { url: 'data:x' } },
        ],
      }),
    ).toBe('a')
    expect(text({ role: 'x', content: 'noted' }, 'transcript_note')).toBe('noted')
  })

  it('S17 names and arguments of tool calls, out of their JSON', () => {
    const call = (args: unknown) => ({
      role: 'assistant',
      content: null,
      tool_calls: [{ id: 'call_1', function: { name: 'read_file', arguments: args } }],
    })
    expect(text(call('{"path":"a\\nb","lines":[1,"two"],"x":null}'))).toBe(
      '\nread_file\npath\na\nb\nlines\n1\ntwo\nx',
    )
    expect(text(call('{"torn'))).toBe('\nread_file\n{"torn')
    expect(text(call({ path: 'c' }))).toBe('\nread_file\npath\nc')
    expect(matches('deep', text(call(`${'['.repeat(100_000)}"deep"${']'.repeat(100_000)}`)))).toBe(true)
  })

  it('S17 never session_meta, roles or members that the codec does not name', () => {
    expect(text({ role: 'session_meta', content: 'secret' }, 'session_meta')).toBe('')
    expect(matches('user', text({ role: 'user', content: 'x', user: 'user' }))).toBe(false)
  })
})
