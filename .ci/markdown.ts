import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './workspace.ts'

export interface Fence {
  /** `file:line` of the opening fence. */
  readonly at: string
  readonly language: string
  readonly text: string
  /** From a comment on the line before: `<!-- run -->`, `<!-- skip -->`. */
  readonly mark: string | null
}

/** The documents that promise something: the root's, the docs', and every package's README. */
export const documents: readonly string[] = globSync(['*.md', 'docs/**/*.md', 'packages/*/README.md'], {
  cwd: root,
}).sort()

/** The code fences of a Markdown document. */
export function fencesOf(file: string): Fence[] {
  return fences(file, readFileSync(join(root, file), 'utf8').split('\n'))
}

/** The code fences of the doc comments in a TypeScript source. */
export function exampleFencesOf(file: string): Fence[] {
  const lines = readFileSync(join(root, file), 'utf8').split('\n')
  return fences(
    file,
    lines.map((line) => (/^\s*\*/.test(line) ? line.replace(/^\s*\* ?/, '').replace(/\*\/$/, '') : '')),
  )
}

function fences(file: string, lines: readonly string[]): Fence[] {
  const found: Fence[] = []
  let open: { line: number; fence: string; language: string; mark: string | null } | null = null
  let mark: string | null = null
  for (const [index, line] of lines.entries()) {
    if (open) {
      if (line.trim() !== open.fence) continue
      const text = lines.slice(open.line + 1, index).join('\n')
      found.push({ at: `${file}:${open.line + 1}`, language: open.language, text, mark: open.mark })
      open = null
      mark = null
      continue
    }
    const [, fence, language] = /^(`{3,})(\w*)\s*$/.exec(line) ?? []
    if (fence) open = { line: index, fence, language: language ?? '', mark }
    else if (line.trim() !== '') mark = /^<!--\s*(\w+)\s*-->$/.exec(line.trim())?.[1] ?? null
  }
  if (open) throw new Error(`${file}:${open.line + 1}: this fence is never closed`)
  return found
}
