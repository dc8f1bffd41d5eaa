// The table of docs/contract.md: each invariant, the methods whose documentation cites it, the cases that hold a store to
// it, and the broken stores that they kill. `node --conditions=@faircopy/source test/contract-table.ts` writes it.
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { CONFORMANCE_CASES, type Invariant } from '@faircopy/conformance'
import { BROKEN_STORES } from './broken-stores/broken-stores.ts'
import { killers } from './broken-stores/killers.ts'

const PACKAGES = fileURLToPath(new URL('../../', import.meta.url))
const BEGIN = '<!-- The table is generated: packages/conformance/test/contract-table.ts -->'
const END = '<!-- end of the table -->'

/** The document that holds the table. */
export const CONTRACT: string = fileURLToPath(new URL('../../../docs/contract.md', import.meta.url))

/** The document with the table as it should be. */
export async function withTable(document: string): Promise<string> {
  const [before, rest] = document.split(BEGIN)
  const [, after] = rest?.split(END) ?? []
  if (before === undefined || after === undefined) throw new Error('The document has no place for the table')
  return `${before}${BEGIN}\n\n${await table()}\n${END}${after}`
}

async function table(): Promise<string> {
  const names = citing()
  const rows = [...CONFORMANCE_CASES.keys(), 'S28' as const].map(async (invariant) => {
    const stores = BROKEN_STORES.get(invariant) ?? []
    const killedBy = await Promise.all(stores.map(({ breakage }) => killers(invariant, breakage)))
    const cases = CONFORMANCE_CASES.get(invariant)?.map(({ name }) => name) ?? [
      'every capability is there, or declined with a reason',
    ]
    const shown = cases.map((name, i) => {
      const killed = stores.filter((_, s) => killedBy[s]?.includes(name) || invariant === 'S28')
      return `| ${i === 0 ? invariant : ''} | ${i === 0 ? methodsOf(invariant, names) : ''} | ${cell(name)} | ${killed.map(({ does }) => cell(does)).join('; ')} |`
    })
    return shown.join('\n')
  })
  const head = '| | promised by | case | kills a store that … |\n|---|---|---|---|'
  return `${head}\n${(await Promise.all(rows)).join('\n')}\n`
}

interface Citation {
  readonly name: string
  readonly isMethod: boolean
}

/** What cites each invariant in its documentation: methods, and exported names. */
function citing(): Map<string, Citation[]> {
  const found = new Map<string, Citation[]>()
  const sources = ['store-core/src/*.ts', 'conformance/src/store-conformance.ts']
  for (const file of sources.flatMap((one) => globSync(one, { cwd: PACKAGES }).sort())) {
    const text = readFileSync(PACKAGES + file, 'utf8')
    const documented =
      /\/\*\*((?:[^*]|\*(?!\/))*)\*\/\n(?: {2}(\w+)\(|export (?:abstract )?(?:class|function|const|interface) (\w+))/g
    for (const [, comment = '', method, exported] of text.matchAll(documented)) {
      const name = method ?? exported ?? ''
      for (const [invariant] of comment.matchAll(/\bS\d+\b/g)) {
        const list = found.get(invariant) ?? []
        if (!list.some((one) => one.name === name)) list.push({ name, isMethod: method !== undefined })
        found.set(invariant, list)
      }
    }
  }
  return found
}

function methodsOf(invariant: Invariant, names: ReadonlyMap<string, readonly Citation[]>): string {
  const all = names.get(invariant) ?? []
  const methods = all.filter(({ isMethod }) => isMethod)
  return (methods.length > 0 ? methods : all).map(({ name }) => `\`${name}\``).join(', ')
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}

if (import.meta.main) writeFileSync(CONTRACT, await withTable(readFileSync(CONTRACT, 'utf8')))
