import {
  type AlignedRow,
  alignedRows,
  type ResolutionChoice,
  type ResolutionPlan,
  type ResolutionReceipt,
  type SideEntry,
  type UndoneResolution,
} from '@faircopy/legacy-jsonl'
import { type Codec, parseRecord, type SessionAddress } from '@faircopy/store-core'
import type { TextSink } from '../files/text-sink.ts'
import { recordLine } from './entry-json.ts'

/** Writes the document of an undecided session: its choices, then both sides row by row. */
export async function writeSides(
  out: TextSink,
  plan: ResolutionPlan,
  codec: Codec,
  commandOf: (choice: ResolutionChoice) => string,
): Promise<void> {
  const { session, reason, toldBy, undecided } = plan
  const head = {
    namespace: session.namespace,
    id: session.id,
    verdict: 'ambiguous',
    reason,
    importId: undecided.importId,
    toldBy,
    choices: plan.offers.map(({ choice, report, obstacle }) =>
      report
        ? {
            choice,
            possible: true,
            next: commandOf(choice),
            verdict: report.verdict,
            action: report.action,
            entries: report.entries,
            lines: report.lines,
            ...(choice === 'branch' ? { branch: plan.branch } : {}),
          }
        : { choice, possible: false, obstacle },
    ),
  }
  await out.write(`${JSON.stringify(head).slice(0, -1)},"rows":[`)
  let first = true
  for await (const row of alignedRows(plan)) {
    if (out.closed) return
    await out.write(`${first ? '\n' : ',\n'}${rowJson(row, codec)}`)
    first = false
  }
  await out.write('\n]}\n')
}

/** The document of a decision. */
export function decisionJson(
  session: Required<SessionAddress>,
  { choice, importId, report, session: after, branch }: ResolutionReceipt,
  note: string | undefined,
): string {
  const { verdict, action, entries, lines } = report
  return JSON.stringify(
    {
      namespace: session.namespace,
      id: session.id,
      choice,
      note: note ?? null,
      importId,
      verdict,
      action,
      entries,
      lines,
      head: after.head,
      branch: branch && { namespace: branch.namespace, id: branch.id },
    },
    null,
    2,
  )
}

/** The document of an undo. */
export function undoneJson(
  session: Required<SessionAddress>,
  { choice, undid, removed, session: after, branch }: UndoneResolution,
): string {
  const { namespace, id } = session
  return JSON.stringify({ namespace, id, undone: choice, undid, removed, head: after.head, branch }, null, 2)
}

function rowJson(row: AlignedRow, codec: Codec): string {
  if (row.as === 'common')
    return `{"as":"common","entries":${row.entries},"last":${sideJson(row.last, codec)}}`
  const { gap, contested, canonical, legacy } = row
  const sides = `"canonical":${sideJson(canonical, codec)},"legacy":${sideJson(legacy, codec)}`
  return `{"as":"gap","gap":${gap},"contested":${contested},${sides}}`
}

function sideJson(entry: SideEntry | null, codec: Codec): string {
  if (!entry) return 'null'
  const { kind, record, at, naiveStamp, stored, line, row } = entry
  const { role } = codec.view(parseRecord(record))
  const facts = { id: stored?.id ?? null, seq: stored?.seq ?? null, line, row, kind, role, at, naiveStamp }
  return `${JSON.stringify(facts).slice(0, -1)},"record":${recordLine(record)}}`
}
