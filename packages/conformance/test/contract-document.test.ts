import { readFileSync } from 'node:fs'
import { CONFORMANCE_CASES } from '@faircopy/conformance'
import { expect, test } from 'vitest'
import { BROKEN_STORES } from './broken-stores/broken-stores.ts'
import { CASE_HASHES, caseHashes } from './case-hashes.ts'
import { CONTRACT } from './contract-table.ts'

const document = readFileSync(CONTRACT, 'utf8')

test('S28 every invariant is stated, promised by something, held by a case and broken by a store', () => {
  const numbers = Array.from({ length: 28 }, (_, i) => `S${i + 1}` as const)
  expect([...CONFORMANCE_CASES.keys(), 'S28']).toEqual(numbers)
  expect([...BROKEN_STORES.keys()]).toEqual(numbers)
  for (const number of numbers) {
    expect(document).toMatch(new RegExp(`^- \\*\\*${number}\\*\\* `, 'm'))
    expect(document).toMatch(new RegExp(`^\\| ${number} \\| \`\\w+\``, 'm'))
  }
})

test('S28 a conformance case changes on purpose: the list of their hashes is changed with it', () => {
  const command = 'node --conditions=@faircopy/source packages/conformance/test/case-hashes.ts'
  expect(readFileSync(CASE_HASHES, 'utf8'), command).toBe(caseHashes())
  const listed = caseHashes().match(/ s\d\d /g) ?? []
  expect(listed.length).toBe([...CONFORMANCE_CASES.values()].flat().length)
})
