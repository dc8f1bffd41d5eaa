import { EMPTY_HEAD } from '@faircopy/store-core/operator'
import type { LineCounts } from '../ledger/line-counts.ts'
import { memoryOf, type Note } from '../ledger/note.ts'
import type { CheckedHeads } from './check-heads.ts'
import type { ProvenSession } from './proven-session.ts'
import type { ProvenWitness } from './proven-witness.ts'
import type { SourceFinding } from './source-finding.ts'

/** What a note says was done, against what was. */
export function checkNote(
  known: ProvenSession,
  note: Note,
  { places, someGone }: CheckedHeads,
  file: ProvenWitness | null,
  hasDecision: boolean,
): readonly SourceFinding[] {
  const differ = (detail: string): SourceFinding => ({
    code: 'note-differs',
    detail: `import ${note.importId} ${detail}`,
  })
  const { report, entryCount } = memoryOf(note)
  const findings: SourceFinding[] = []
  if (report.id !== known.session.id || report.namespace !== known.session.namespace)
    findings.push(differ('speaks of another session'))
  if (report.verdict !== note.verdict || (report.reason ?? null) !== note.reason)
    findings.push(differ('has two verdicts'))
  const after = places.get(note.headAfter ?? '') ?? []
  if (after[0] && !after.some(({ entries }) => entries === entryCount))
    findings.push(differ(`counts ${JSON.stringify(entryCount)} entries where there were ${after[0].entries}`))
  const lines: Partial<LineCounts> = report.lines ?? {}
  const counted = countsOf(known, note, file, hasDecision)
  const names = Object.keys(counted.exact) as (keyof LineCounts)[]
  const wrong = names.filter((name) => lines[name] !== counted.exact[name])
  const { total, ...parts } = lines
  const sum = Object.values(parts).reduce((all, count) => all + count, 0)
  if (wrong.length > 0 || sum !== total)
    findings.push(differ(`counts other lines than there are: ${wrong.join(', ') || 'they do not sum up'}`))
  else if (!someGone && !hasDecision && !counted.imported.includes(lines.imported ?? 0))
    findings.push(differ(`counts ${lines.imported} imported lines, not ${counted.imported[0]}`))
  return findings
}

/** What the lines can be counted to be; of `imported` it depends on whether rows that lines match were there before. */
function countsOf(
  known: ProvenSession,
  note: Note,
  file: ProvenWitness | null,
  hasDecision: boolean,
): { readonly exact: Partial<LineCounts>; readonly imported: readonly number[] } {
  const entries = file?.told.length ?? 0
  const { metadata = 0, blank = 0, quarantined = 0, tornTail = 0 } = file?.scanned.lines ?? {}
  const isAmbiguous = note.verdict === 'ambiguous'
  const brought = [...known.live, ...known.history].filter(
    ({ provenance }) =>
      provenance?.importId === note.importId &&
      provenance.line !== undefined &&
      provenance.standing === undefined &&
      provenance.supersedes === undefined,
  )
  const alone = brought.filter(({ provenance }) => provenance?.witness === 'file').length
  const wasEmpty = note.headBefore === null || note.headBefore === EMPTY_HEAD
  return {
    exact: {
      total: entries + metadata + blank + quarantined + tornTail,
      metadata,
      blank,
      quarantined,
      tornTail,
      ...(isAmbiguous && !hasDecision ? { imported: 0, matched: 0, withheld: entries } : {}),
    },
    imported: isAmbiguous ? [0] : wasEmpty ? [alone, brought.length] : [brought.length],
  }
}
