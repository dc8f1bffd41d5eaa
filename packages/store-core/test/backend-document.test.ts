import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8')

/** What each promise is served by, as the comments say that begin with its number. */
function servedBy(file: string, from: RegExp, declared: RegExp): Map<string, string[]> {
  const served = new Map<string, string[]>()
  for (const [, comment = '', name = ''] of (read(file).split(from)[1] ?? '').matchAll(declared)) {
    const [numbers = ''] = /^[\s*]*(?:S\d+(?:, )?)+/.exec(comment) ?? []
    expect(numbers, `${name} says which promise it serves`).not.toBe('')
    for (const [number] of numbers.matchAll(/S\d+/g)) {
      served.set(number, [...(served.get(number) ?? []), `\`${name}\``])
    }
  }
  return served
}

test('S28 every look-up and effect says which promise it serves, and the document lists them by it', () => {
  const lookUps = servedBy(
    '../src/kernel/look-ups.ts',
    /export interface LookUps \{/,
    /\/\*\*((?:[^*]|\*(?!\/))*)\*\/\n {2}readonly (\w+):/g,
  )
  const effects = servedBy(
    '../src/kernel/effects.ts',
    /export type Effect =/,
    /\/\*\*((?:[^*]|\*(?!\/))*)\*\/\s*\|\s*\{\s*readonly effect: '([\w-]+)'/g,
  )
  const numbers = [...new Set([...lookUps.keys(), ...effects.keys()])].sort(
    (a, b) => Number(a.slice(1)) - Number(b.slice(1)),
  )
  const rows = numbers.map((number) => {
    const [asked, written] = [lookUps, effects].map((served) => (served.get(number) ?? []).join(', '))
    return `| ${number} | ${asked} | ${written} |`
  })
  const table = ['| | look-ups | effects |', '|---|---|---|', ...rows].join('\n')
  expect(read('../../../docs/writing-a-backend.md')).toContain(table)
})
