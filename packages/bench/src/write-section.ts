import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const DOCUMENT = fileURLToPath(new URL('../../../docs/performance.md', import.meta.url))

/** Prints a measurement, and with `--write` puts it into docs/performance.md, between the two marks of its name. */
export function tell(name: string, text: string): void {
  console.log(text)
  if (!process.argv.includes('--write')) return
  const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`]
  const document = readFileSync(DOCUMENT, 'utf8')
  const [before, rest] = split(document, begin)
  const [, after] = split(rest, end)
  writeFileSync(DOCUMENT, `${before}${begin}\n\n${text.trim()}\n\n${end}${after}`)
}

function split(text: string, mark: string): [string, string] {
  const at = text.indexOf(mark)
  if (at === -1) throw new Error(`docs/performance.md has no ${mark}`)
  return [text.slice(0, at), text.slice(at + mark.length)]
}
