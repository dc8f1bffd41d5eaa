import type { ImportReport } from '@faircopy/legacy-jsonl'
import { type CommandOptions, nextCommand } from '../context/next-command.ts'
import type { Ink } from '../text/ink.ts'
import { plural } from '../text/plural.ts'

/** The import that reads times without a zone as those of this machine; null where none is unknown. */
export function zoneCommand({ sources, totals }: ImportReport, options: CommandOptions): string | null {
  if (totals.undated === 0) return null
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions()
  const reading = { ...options.reading, timeZone }
  return nextCommand('faircopy import SOURCE', {
    ...options,
    reading,
    source: sources.map(({ path }) => path),
  })
}

/** What became of times that are, or were, unknown. */
export function timesLines(ink: Ink, report: ImportReport, options: CommandOptions): string[] {
  const { undated, dated } = report.totals
  const command = zoneCommand(report, options)
  const are = undated === 1 ? 'time is' : 'times are'
  const filled = report.dryRun ? 'would be known' : dated === 1 ? 'is known now' : 'are known now'
  return [
    ...(dated > 0
      ? [`  ${plural(dated, 'time')} that ${dated === 1 ? 'was' : 'were'} unknown ${filled}.`]
      : []),
    ...(command === null
      ? []
      : [
          `  ${ink.plain(undated)} ${are} unknown: their lines name no zone. A gateway cannot tell how long such a`,
          '  session has rested, and does not reset it for that. If it kept its clock in the zone of this machine:',
          `    ${ink.cyan(command)}`,
        ]),
  ]
}
