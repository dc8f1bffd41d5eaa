import { Command } from 'commander'
import type { Action, GlobalOptions } from './context/context.ts'
import { databasePath } from './context/database-path.ts'
import { StreamSink } from './files/stream-sink.ts'
import type { TextSink } from './files/text-sink.ts'
import type { ExitCode } from './process/exit-code.ts'
import type { Io } from './process/io.ts'
import { inkFor } from './text/ink.ts'
import { archiveCommand } from './usage/archive.ts'
import { auditCommand } from './usage/audit.ts'
import { backupCommand } from './usage/backup.ts'
import { compactCommand } from './usage/compact.ts'
import { completionCommand } from './usage/completion.ts'
import { deleteCommand } from './usage/delete.ts'
import { demoCommand } from './usage/demo.ts'
import { doctorCommand } from './usage/doctor.ts'
import { exportCommand } from './usage/export.ts'
import { importCommand } from './usage/import.ts'
import { listCommand } from './usage/list.ts'
import { pruneCommand } from './usage/prune.ts'
import { redactCommand } from './usage/redact.ts'
import { reportCommand } from './usage/report.ts'
import { resolveCommand } from './usage/resolve.ts'
import { restoreCommand } from './usage/restore.ts'
import { searchCommand } from './usage/search.ts'
import { showCommand } from './usage/show.ts'
import { statusCommand } from './usage/status.ts'
import { verifyCommand } from './usage/verify.ts'
import { version } from './version.ts'

/** Where a program's output goes, and who is told its exit code. */
export interface ProgramEnds {
  readonly out: TextSink
  readonly err: TextSink
  readonly done: (exitCode: ExitCode) => void
}

/**
 * The parser of the command line, with all its commands. {@link run} is the whole of it; this is for what wants to
 * know the commands and options themselves.
 */
export function program(io: Io, ends: ProgramEnds = endsOf(io)): Command {
  const program = new Command('faircopy')
    .description('One fair copy of every agent conversation.')
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .option('--db <file>', 'the store (default: FAIRCOPY_DB, else the user data folder)')
    .option('--json', 'JSON on stdout, failures too')
    .option('--namespace <name>', 'the namespace of the sessions (a profile, an account)')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => void ends.out.write(text),
      writeErr: () => {},
      getOutHelpWidth: () => io.stdout.columns ?? 100,
      getOutHasColors: () => false,
    })
    .exitOverride()
    .addHelpText('after', HELP)

  const action: Action =
    (load) =>
    async (...given) => {
      const command = given.pop() as Command
      const options = command.optsWithGlobals<GlobalOptions>()
      const { namespace } = options
      const work = await load()
      if (namespace !== undefined) {
        const { checkSession } = await import('@faircopy/store-core/arguments')
        checkSession({ namespace, id: 'any' })
      }
      const exitCode = await work(
        {
          io,
          out: ends.out,
          err: ends.err,
          ink: inkFor(io.stdout),
          json: options.json ?? false,
          version: version(),
          databasePath: databasePath(options.db, io.env),
          namespace,
          signal: io.signal,
        },
        command.args,
        options as never,
      )
      ends.done(exitCode)
    }

  auditCommand(program, action)
  importCommand(program, action)
  statusCommand(program, action)
  resolveCommand(program, action)
  listCommand(program, action)
  showCommand(program, action)
  searchCommand(program, action)
  exportCommand(program, action)
  archiveCommand(program, action)
  deleteCommand(program, action)
  pruneCommand(program, action)
  redactCommand(program, action)
  compactCommand(program, action)
  backupCommand(program, action)
  restoreCommand(program, action)
  verifyCommand(program, action)
  doctorCommand(program, action)
  reportCommand(program, action)
  demoCommand(program, action)
  completionCommand(program)
  return program
}

const HELP = `
Examples:
  $ faircopy demo                              see it on a sample home, nothing of yours is touched
  $ faircopy audit ~/.hermes                   what an import would do, without any transcript text
  $ faircopy import ~/.hermes                  import it; the home itself stays as it is
  $ faircopy resolve SESSION                   decide an order that nobody can know; --undo takes it back
  $ faircopy show SESSION --tail 20            the last things said
  $ faircopy search "gate code"                who said it, and where
  $ faircopy export --all --out transcripts/   a file for each session

Exit codes: 0 done, 1 failed, 2 done with findings, 64 usage, 69 busy, 74 I/O or full disk,
78 wrong Node or configuration, 130 and 143 stopped by a signal.`

function endsOf(io: Io): ProgramEnds {
  return { out: new StreamSink(io.stdout), err: new StreamSink(io.stderr), done: () => {} }
}
