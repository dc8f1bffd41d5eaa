import { type Command, Option } from 'commander'
import type { ExportOptions } from '../commands/export.ts'
import type { Action } from '../context/context.ts'
import { EXPORT_FORMATS } from '../reports/export-formats.ts'

/** How `faircopy export` is called. */
export function exportCommand(program: Command, action: Action): void {
  program
    .command('export')
    .description('write sessions out, to stdout or to files that only you can read')
    .argument('[sessions...]', 'ids of sessions')
    .option('--all', 'all sessions, of --namespace where it is given')
    .addOption(
      new Option(
        '--format <name>',
        'records as they came, entries with all the store knows, for people, or a home that Hermes of April 2026 loads (default: jsonl; with --json ndjson)',
      ).choices([...EXPORT_FORMATS, 'hermes']),
    )
    .option(
      '--out <path>',
      'a file; for several sessions, or where it is one already, a folder; for hermes a new folder',
    )
    .option('--force', 'replace files that are there')
    .addHelpText(
      'after',
      `
Examples:
  $ faircopy export 20260302_100000_7dd70216 > transcript.jsonl
  $ faircopy export --all --format markdown --out transcripts/
  $ faircopy export --all --format ndjson | gzip > all.ndjson.gz
  $ faircopy export --all --format hermes --out hermes-home`,
    )
    .action(action<ExportOptions>(async () => (await import('../commands/export.ts')).runExport))
}
