// What each conformance case does, as a hash of its source: a case changes on purpose, with its reason in the commit.
// `node --conditions=@faircopy/source test/case-hashes.ts` writes the list.
import { createHash } from 'node:crypto'
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'

const CASES = fileURLToPath(new URL('../src/', import.meta.url))
const BEGIN = /conformanceCase\(\s*(['"`])(?<name>.*?)\1,/

/** The list. */
export const CASE_HASHES: string = fileURLToPath(new URL('case-hashes.txt', import.meta.url))

/** The list as the sources give it: a line for each case, and one for what its file has beside them. */
export function caseHashes(): string {
  const files = globSync('s[0-9]*.ts', { cwd: CASES }).sort()
  return `${files.flatMap((file) => hashesOf(file)).join('\n')}\n`
}

function hashesOf(file: string): string[] {
  const [rest = '', ...cases] = readFileSync(CASES + file, 'utf8').split(/^(?= {2}conformanceCase\()/m)
  const last = cases.at(-1) ?? ''
  const end = last.indexOf('\n]\n') + 1
  const bodies = end > 0 ? [...cases.slice(0, -1), last.slice(0, end)] : cases
  const beside = rest + (end > 0 ? last.slice(end) : '')
  const invariant = basename(file).slice(0, 3)
  return [
    `${hashOf(beside)} ${file}`,
    ...bodies.map((body) => `${hashOf(body)} ${invariant} ${BEGIN.exec(body)?.groups?.['name'] ?? '?'}`),
  ]
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}

if (import.meta.main) writeFileSync(CASE_HASHES, caseHashes())
