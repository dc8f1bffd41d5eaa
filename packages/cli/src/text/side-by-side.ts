import type { AlignedRow, SideEntry } from '@faircopy/legacy-jsonl'
import { type Codec, parseRecord } from '@faircopy/store-core'
import { visibleText } from '@faircopy/store-core/visible-text'
import { displayWidth, truncate } from './display-width.ts'
import { entrySummary, placeText, ROLE_INKS } from './entry-text.ts'
import type { Ink } from './ink.ts'
import { plural } from './plural.ts'
import { timeText } from './time-text.ts'

/** How two sides are shown. */
export interface SideBySide {
  readonly ink: Ink
  readonly codec: Codec
  /** Columns of the terminal. */
  readonly width: number
  /** What the sides are called. */
  readonly names: { readonly canonical: string; readonly legacy: string }
}

const NARROWEST_COLUMN = 30
const ROWS_SHOWN = 40
/** The line between the columns, and a space on both sides. */
const BETWEEN = 3

/**
 * Two sides laid beside each other, in two columns, or one below the other where the terminal is too narrow: what both
 * tell is folded, and so are gaps of more than 40 rows. Everything shown is escaped, and cut to fit.
 */
export async function* sideBySide(rows: AsyncIterable<AlignedRow>, how: SideBySide): AsyncGenerator<string> {
  const { ink, names } = how
  const column = Math.floor((how.width - 2 - BETWEEN) / 2)
  const isWide = column >= NARROWEST_COLUMN
  const beside = (left: Piece, right: Piece): string => {
    const padding = ' '.repeat(column - displayWidth(left.plain))
    return `  ${left.inked}${padding} ${ink.dim('│')}${right.plain === '' ? '' : ` ${right.inked}`}`
  }
  const heading = (name: string, columns: number): Piece => piece(name, columns, ink.bold)
  if (isWide) yield beside(heading(names.canonical, column), heading(names.legacy, column))

  let gap = 0
  let shown = 0
  let folded = 0
  const fold = function* (): Generator<string> {
    if (folded > 0) yield ink.dim(`  … and ${plural(folded, 'more row')} of this gap; --json tells all`)
    folded = 0
  }
  for await (const row of rows) {
    if (row.as === 'common') {
      yield* fold()
      yield* common(row, how)
      continue
    }
    if (row.gap !== gap) {
      yield* fold()
      gap = row.gap
      shown = 0
      const contested = row.contested ? ink.yellow('which came first?') : ink.dim('one side alone')
      yield `  ${ink.dim(`── gap ${gap}, `)}${contested}`
    }
    if (++shown > ROWS_SHOWN) {
      folded++
      continue
    }
    const sides = [row.canonical, row.legacy] as const
    if (isWide) {
      const [left, right] = sides.map((side) => entryPieces(side, column, how)) as [Piece[], Piece[]]
      for (let i = 0; i < 2; i++) yield beside(left[i] ?? NOTHING, right[i] ?? NOTHING)
    } else {
      for (const [i, side] of sides.entries()) {
        if (!side) continue
        const label = i === 0 ? names.canonical : names.legacy
        const [facts, said] = entryPieces(side, how.width - 4, how)
        yield `  ${ink.bold(truncate(visibleText(label), how.width - 2))}`
        yield `    ${facts?.inked ?? ''}`
        yield `    ${said?.inked ?? ''}`
      }
    }
  }
  yield* fold()
}

/** A text cut to its columns, as it is and inked. */
interface Piece {
  readonly plain: string
  readonly inked: string
}

const NOTHING: Piece = { plain: '', inked: '' }

function piece(text: string, columns: number, inked: (text: string) => string): Piece {
  const plain = truncate(visibleText(text), columns)
  return { plain, inked: plain === '' ? '' : inked(plain) }
}

function* common(row: Extract<AlignedRow, { as: 'common' }>, how: SideBySide): Generator<string> {
  const { ink, codec, width } = how
  const both = `── both say ${row.entries === 1 ? 'this' : `${row.entries.toLocaleString('en')} entries, the last`}: `
  if (!row.last) {
    yield `  ${ink.dim(truncate(both, width - 2))}`
    return
  }
  const { record, kind } = row.last
  const view = codec.view(parseRecord(record))
  const said = `${view.role ?? kind}  ${entrySummary({ record, kind }, view, width)}`
  yield `  ${ink.dim(truncate(`${both}${said}`, width - 2))}`
}

const TO_THE_SECOND = '2026-03-02T10:02:31'.length

/** A stamp that names no zone is given as the record has it, to the second. */
function when({ at, naiveStamp }: SideEntry): string {
  if (at !== null) return timeText(at)
  return naiveStamp === null ? 'no time' : `${naiveStamp.slice(0, TO_THE_SECOND)} no zone`
}

/** Where it was found, when, and who spoke; then what was said. */
function entryPieces(entry: SideEntry | null, columns: number, { ink, codec }: SideBySide): Piece[] {
  if (!entry) return [NOTHING, NOTHING]
  const { record, kind, line, row, stored } = entry
  const view = codec.view(parseRecord(record))
  const found = placeText({ ...(line === null ? {} : { line }), ...(row === null ? {} : { row }) })
  const facts = [view.role ?? kind, found === '' && stored ? `entry ${stored.id}` : found, when(entry)].join(
    '  ',
  )
  return [
    piece(facts, columns, ink[ROLE_INKS[view.role ?? ''] ?? 'bold']),
    piece(entrySummary({ record, kind }, view, columns), columns, ink.plain),
  ]
}
