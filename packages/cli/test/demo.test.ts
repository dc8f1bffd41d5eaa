import { readdirSync } from 'node:fs'
import { stripVTControlCharacters } from 'node:util'
import { beforeAll, describe, expect, test } from 'vitest'
import { faircopy, type Ran } from './faircopy.ts'
import { importDocument } from './schemas.ts'
import { temporaryFolder } from './temporary-folder.ts'

describe('demo', () => {
  const TMPDIR = temporaryFolder()
  let demo: Ran

  beforeAll(async () => {
    demo = await faircopy(['demo'], { env: { TMPDIR } })
  })

  test('tells its story', () => {
    expect(demo).toMatchObject({ code: 0, stderr: '' })
    expect(demo.stdout.replaceAll(/[0-9a-f]{64}/g, '(64 digits)')).toMatchSnapshot()
  })

  test('shows the same digest of the home twice', () => {
    const digests = demo.stdout.match(/\b[0-9a-f]{64}\b/g)
    expect(digests).toHaveLength(2)
    expect(new Set(digests).size).toBe(1)
  })

  test('fits a terminal of 100 columns', () => {
    const widest = demo.stdout.split('\n').reduce((width, line) => Math.max(width, [...line].length), 0)
    expect(widest).toBeLessThanOrEqual(100)
  })

  test('leaves nothing behind', () => {
    expect(readdirSync(TMPDIR)).toEqual([])
  })

  test('is the same in colour', async () => {
    const coloured = await faircopy(['demo'], { env: { TMPDIR, FORCE_COLOR: '1' } })
    expect(coloured.stdout).not.toBe(demo.stdout)
    expect(withoutDigests(stripVTControlCharacters(coloured.stdout))).toBe(withoutDigests(demo.stdout))
  })

  test('with --json prints the document of its import', async () => {
    const { code, stdout } = await faircopy(['demo', '--json'], { env: { TMPDIR } })
    const document = importDocument.parse(JSON.parse(stdout))
    expect(code).toBe(0)
    expect(document.totals.byVerdict).toEqual({
      identical: 2,
      imported: 1,
      kept: 2,
      extended: 1,
      merged: 2,
      ambiguous: 1,
    })
  })
})

function withoutDigests(text: string): string {
  return text.replaceAll(/[0-9a-f]{64}/g, '')
}
