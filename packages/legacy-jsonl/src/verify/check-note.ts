import { EMPTY_HEAD, isJsonObject, type LedgerRecord } from '@faircopy/store-core'
import type { LineCounts } from '../ledger/line-counts.ts'
import type { CheckedHeads } from './check-heads.ts'
import type { ProvenSession } from './proven-session.ts'
import type { ProvenWitness } from './proven-witness.ts'
import type { SourceFinding } from './source-finding.ts'

/** What a note says was done, against what was. */
export function checkNote(
  known: ProvenSession,
  note: LedgerRecord,
  { places, someGone }: CheckedHeads,
  file: ProvenWitness | null,
  hasDecision: boolean,
): readonly SourceFinding[] {
  const differ = (detail: string): SourceFinding => ({
    code: 'note-differs',
    detail: `import ${note.importId} ${detail}`,
  })
  const { report } = note
  const findings: SourceFinding[] = []
  if (report['id'] !== known.session.id || report['namespace'] !== known.session.namespace)
    findings.push(differ('speaks of another session'))
  if (report['verdict'] !== note.verdict || (report['reason'] ?? null) !== note.reason)
    findings.push(differ('has two verdicts'))
  const after = places.get(note.headAfter ?? '') ?? []
  const { entryCount } = report
  if (after[0] && !after.some(({ entries }) => entries === entryCount))
    findings.push(differ(`counts ${JSON.stringify(entryCount)} entries where there were ${after[0].entries}`))
  const lines = isJsonObject(report['lines']) ? report['lines'] : {}
  const counted = countsOf(known, note, file, hasDecision)
  const names = Object.keys(counted.exact) as (keyof LineCounts)[]
  const wrong = names.filter((name) => lines[name] !== counted.exact[name])
  const sum = ['imported', 'matched', 'withheld', 'metadata', 'blank', 'quarantined', 'tornTail']
    .map((name) => Number(lines[name]))
    .reduce((total, count) => total + count, 0)
  if (wrong.length > 0 || sum !== lines['total'])
    findings.push(differ(`counts other lines than there are: ${wrong.join(', ') || 'they do not sum up'}`))
  else if (!someGone && !hasDecision && !counted.imported.includes(Number(lines['imported'])))
    findings.push(
      differ(`counts ${JSON.stringify(lines['imported'])} imported lines, not ${counted.imported[0]}`),
    )
  return findings
}

/** What the lines can be counted to be; of `imported` it depends on whether rows that lines match were there before. */
function countsOf(
  known: ProvenSession,
  note: LedgerRecord,
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
