import { displayWidth } from './display-width.ts'
import type { Ink, InkName } from './ink.ts'

/** A column: its heading, and on which side its cells stand. */
export interface Column {
  readonly heading: string
  readonly align?: 'left' | 'right'
}

/** A cell's text and its ink. */
export type Cell = string | number | readonly [text: string | number, ink: InkName]

/** Rows in aligned columns, two spaces between them, indented by two. A column whose cells are all empty is left out. */
export function table(ink: Ink, columns: readonly Column[], rows: readonly (readonly Cell[])[]): string[] {
  const texts = rows.map((row) => columns.map((_, i) => ink.plain(textOf(row[i]))))
  const shown = columns.map((_, i) => texts.some((row) => row[i] !== ''))
  const widths = columns.map(({ heading }, i) =>
    Math.max(displayWidth(heading), ...texts.map((row) => displayWidth(row[i] ?? ''))),
  )
  const line = (cells: readonly Cell[]): string => {
    const pieces = columns.flatMap(({ align }, i) => {
      if (!shown[i]) return []
      const text = textOf(cells[i])
      const padding = ' '.repeat(Math.max(0, (widths[i] ?? 0) - displayWidth(ink.plain(text))))
      const inked = text === '' ? '' : ink[inkOf(cells[i])](text)
      return [align === 'right' ? padding + inked : inked + padding]
    })
    return `  ${pieces.join('  ')}`.trimEnd()
  }
  const headings = columns.map(({ heading }): Cell => [heading, 'dim'])
  const isHeaded = columns.some(({ heading }, i) => shown[i] && heading !== '')
  return [...(isHeaded ? [line(headings)] : []), ...rows.map(line)]
}

function textOf(cell: Cell | undefined): string {
  if (cell === undefined) return ''
  return String(typeof cell === 'object' ? cell[0] : cell)
}

function inkOf(cell: Cell | undefined): InkName {
  return typeof cell === 'object' ? cell[1] : 'plain'
}
