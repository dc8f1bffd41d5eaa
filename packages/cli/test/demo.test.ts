import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { openSqliteStore } from '@faircopy/store-sqlite'
import { beforeAll, describe, expect, test } from 'vitest'
import { deliverInDemo } from '../src/demo/demo-delivery.ts'
import { buildDemoHome } from '../src/demo/demo-home.ts'
import { faircopy, type Ran } from './faircopy.ts'
import { runHere } from './run-here.ts'
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

  test('shows what its commands print, where it says that it runs one', async () => {
    const [home, db] = [join(temporaryFolder(), 'home'), join(temporaryFolder(), 'faircopy.db')]
    await buildDemoHome(home)
    const imported = await runHere(['import', home, '--db', db])
    expect(linesOf(imported.stdout)).toEqual(expect.arrayContaining(shownOf(demo.stdout, 'import home')))
    const store = await openSqliteStore({ path: db })
    await deliverInDemo(store)
    await store.close()
    const found = await runHere(['search', 'loaf', '--db', db])
    expect(shownOf(demo.stdout, 'search loaf')).toEqual(linesOf(found.stdout))
  })

  test('prints every line that the README shows of it, in this order', () => {
    const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8')
    const shown = linesOf(/```text\n(A gateway kept.*?)```/s.exec(readme)?.[1] ?? '')
    expect(shown.length).toBeGreaterThan(30)
    const printed = linesOf(demo.stdout)
    let from = 0
    for (const line of shown) {
      const at = printed.indexOf(line, from)
      expect([line, at], 'printed, behind what stands before it').not.toEqual([line, -1])
      from = at + 1
    }
  })

  test('with --json prints the document of its import', async () => {
    const { code, stdout } = await faircopy(['demo', '--json'], { env: { TMPDIR } })
    const document = importDocument.parse(JSON.parse(stdout))
    expect(code).toBe(0)
    expect(document.totals.byVerdict).toEqual({
      identical: 2,
      imported: 1,
      kept: 2,
      extended: 2,
      merged: 1,
      ambiguous: 1,
    })
  })
})

function withoutDigests(text: string): string {
  return text.replaceAll(/[0-9a-f]{64}/g, '')
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '')
}

/** What the demo shows of a command: without what it leaves out. */
function shownOf(story: string, command: string): string[] {
  const [, shown = ''] = new RegExp(`^\\$ faircopy ${command}\\n(.*?)\\n\\n`, 'ms').exec(story) ?? []
  return linesOf(shown).filter((line) => line !== '…')
}
