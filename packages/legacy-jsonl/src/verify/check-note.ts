import { hash } from 'node:crypto'
import { EMPTY_HEAD, isJsonObject, type LedgerRecord, type TranscriptImporter } from '@faircopy/store-core'
import type { LineCounts } from '../plan/line-counts.ts'
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

/**
 * Lines that became no entry: the import that read them must have kept their bytes. A redaction leaves the line without
 * them (S27).
 *
 * @param mayBeAway whether the file stays where it is
 */
export async function checkQuarantine(
  store: Pick<TranscriptImporter, 'quarantined'>,
  known: ProvenSession,
  importId: string,
  { path, witness }: { readonly path: string; readonly witness: ProvenWitness },
  mayBeAway: boolean,
): Promise<readonly SourceFinding[]> {
  const { namespace, id } = known.session
  const kept = new Map<number, string>()
  const own = new Set<number>()
  for await (const { importId: by, line, offset, bytes } of store.quarantined({ namespace, id })) {
    if (by === importId) own.add(line)
    else if (own.has(line)) continue
    kept.set(line, `${offset} ${bytes && hash('sha256', bytes)}`)
  }
  return witness.setAside.flatMap((each): SourceFinding[] => {
    const stored = kept.get(each.line)
    if (stored === `${each.offset} ${each.bytesHash}` || (mayBeAway && !own.has(each.line))) return []
    if (stored === `${each.offset} null`) return []
    const detail =
      stored === undefined
        ? 'its bytes are not kept'
        : 'other bytes are kept than it has, or for another place'
    return [{ code: 'quarantine-differs', path, line: each.line, detail }]
  })
}
