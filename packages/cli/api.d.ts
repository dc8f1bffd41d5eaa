// exit-code.d.ts
/** What the process ends with. */
export declare const ExitCode: {
    readonly done: 0;
    readonly failed: 1;
    /** Done, and something wants a person's eye: ambiguous, quarantined, unreadable, damaged. */
    readonly findings: 2;
    readonly usage: 64;
    readonly busy: 69;
    /** Reading or writing failed, or the disk is full. */
    readonly io: 74;
    /** Wrong Node, or a place where no store is or can be. */
    readonly configuration: 78;
    readonly interrupted: 130;
    readonly terminated: 143;
};
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];
// index.d.ts
export { ExitCode } from './exit-code.ts';
export type { Io } from './io.ts';
export { type ProgramEnds, program } from './program.ts';
export { run } from './run.ts';
export type { TextSink } from './text-sink.ts';
// io.d.ts
/** What the command line may touch of its process. */
export interface Io {
    /** Data. */
    readonly stdout: NodeJS.WritableStream & {
        readonly isTTY?: boolean;
        readonly columns?: number;
    };
    /** For people. */
    readonly stderr: NodeJS.WritableStream & {
        readonly isTTY?: boolean;
        readonly columns?: number;
    };
    /** What a command may be given that must not stand on its command line. */
    readonly stdin?: NodeJS.ReadableStream & {
        readonly isTTY?: boolean;
    };
    readonly env: {
        readonly [name: string]: string | undefined;
    };
    /** Aborted by a signal: what is at hand is finished or rolled back, and the command ends. */
    readonly signal: AbortSignal;
}
// program.d.ts
import { Command } from 'commander';
import type { ExitCode } from './exit-code.ts';
import type { Io } from './io.ts';
import type { TextSink } from './text-sink.ts';
/** Where a program's output goes, and who is told its exit code. */
export interface ProgramEnds {
    readonly out: TextSink;
    readonly err: TextSink;
    readonly done: (exitCode: ExitCode) => void;
}
/**
 * The parser of the command line, with all its commands. {@link run} is the whole of it; this is for what wants to
 * know the commands and options themselves.
 */
export declare function program(io: Io, ends?: ProgramEnds): Command;
// run.d.ts
import { ExitCode } from './exit-code.ts';
import type { Io } from './io.ts';
/**
 * Runs one command line and resolves with the exit code; it never rejects and never ends the process.
 *
 * A failure is told on stderr in two lines, its code and what happened, then what to do; with `--json` also on stdout,
 * as the last line: `{"error":{"code","outcome","message","advice"}}`. Neither holds transcript text or a stack trace.
 *
 * @param argv the arguments without node and the script
 *
 * @example
 * ```ts
 * import { run } from 'faircopy'
 *
 * const exitCode = await run(['list', '--db', '/tmp/transcripts.db'], {
 *   stdout: process.stdout,
 *   stderr: process.stderr,
 *   env: process.env,
 *   signal: new AbortController().signal,
 * })
 * console.log(exitCode)
 * ```
 */
export declare function run(argv: readonly string[], io: Io): Promise<ExitCode>;
// text-sink.d.ts
/** Takes text in order, however much of it. */
export interface TextSink {
    /** Nobody reads any more (EPIPE): whoever writes may stop. */
    readonly closed: boolean;
    /** Resolves once there is room for more; rejects if what was written before failed. */
    write(text: string): Promise<void>;
}
/** Writes each line with its line end. */
export declare function writeLines(sink: TextSink, lines: Iterable<string>): Promise<void>;
