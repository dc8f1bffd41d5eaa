import { NoSession, StoreIo } from '@faircopy/store-core'
import { sessionLabel } from '@faircopy/store-core/backend'
import { visibleText } from '@faircopy/store-core/visible-text'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

/** Every code point, unpaired surrogates among them. */
const CODE_POINTS = 0x110000

/** What the Unicode standard gives no picture of its own, named by ranges and not by properties. */
const UNSEEN: readonly (readonly [first: number, last: number])[] = [
  [0x00, 0x1f],
  [0x7f, 0x9f],
  [0xad, 0xad],
  [0x34f, 0x34f],
  [0x61c, 0x61c],
  [0x115f, 0x1160],
  [0x17b4, 0x17b5],
  [0x180b, 0x180f],
  [0x200b, 0x200f],
  [0x2028, 0x202e],
  [0x2060, 0x206f],
  [0x3164, 0x3164],
  [0xd800, 0xdfff],
  [0xfe00, 0xfe0f],
  [0xfeff, 0xfeff],
  [0xffa0, 0xffa0],
  [0xfff0, 0xfffb],
  [0x13430, 0x1343f],
  [0x1bca0, 0x1bca3],
  [0x1d173, 0x1d17a],
  [0xe0000, 0xe0fff],
]

const isUnseen = (point: number): boolean => UNSEEN.some(([first, last]) => point >= first && point <= last)
const spelled = (point: number): string => `\\u{${point.toString(16)}}`

describe('what cannot be seen is spelled out', () => {
  test('every code point, alone and within a name', () => {
    const wrong: string[] = []
    for (let point = 0; point < CODE_POINTS; point++) {
      const sign = String.fromCodePoint(point)
      const shown = isUnseen(point) ? spelled(point) : sign
      for (const [text, expected] of [
        [sign, shown],
        [`a${sign}b`, `a${shown}b`],
      ]) {
        if (visibleText(text as string) !== expected) wrong.push(spelled(point))
      }
    }
    expect(wrong).toEqual([])
  })

  test('any text: nothing unseen is left, and what was shown once is shown alike again', () => {
    const point = fc.oneof(
      fc.integer({ min: 0, max: CODE_POINTS - 1 }),
      fc.constantFrom(...UNSEEN).chain(([min, max]) => fc.integer({ min, max })),
    )
    fc.assert(
      fc.property(fc.array(point), (points) => {
        const shown = visibleText(String.fromCodePoint(...points))
        const left = [...shown].map((sign) => sign.codePointAt(0) ?? 0).filter(isUnseen)
        expect(left.filter((one) => one !== 0xfe0e && one !== 0xfe0f)).toEqual([])
        expect(visibleText(shown)).toBe(shown)
      }),
    )
  })

  test('writing, emoji and their own selectors stay; a selector behind anything else does not', () => {
    for (const text of [
      'Grüße, 東京, שלום, مرحبا, ٣\u0600',
      '❤\ufe0f ☎\ufe0e 1\ufe0f\u20e3',
      '👋🏽',
      'e\u0301',
    ])
      expect(visibleText(text)).toBe(text)
    expect(visibleText('a\ufe0f ❤\ufe0f\ufe0f')).toBe('a\\u{fe0f} ❤\ufe0f\\u{fe0f}')
    expect(visibleText('👩\u200d💻')).toBe('👩\\u{200d}💻')
  })
})

test('labels and errors have nothing that cannot be seen, whatever the name', () => {
  const id = 'a\u001b[31m\u009b\u061c\u200b\u202e\u2066\ufeff\u{e0041}'
  const shown = '"a\\u001b[31m\\u{9b}\\u{61c}\\u{200b}\\u{202e}\\u{2066}\\u{feff}\\u{e0041}"'
  expect(sessionLabel(id)).toBe(shown)
  expect(sessionLabel({ namespace: 'w\u200e', id: 's' })).toBe('"s" of "w\\u{200e}"')
  expect(new NoSession(id).message).toContain(shown)
  const { message, advice } = new StoreIo('/tmp/a\u200bb\n.db', 'unknown')
  expect(message).toContain('/tmp/a\\u{200b}b\\u{a}.db')
  expect(message.endsWith(` ${advice}`)).toBe(true)
})
