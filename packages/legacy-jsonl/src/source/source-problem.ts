import { BESIDE_KINDS, type BesideKind } from './beside-kinds.ts'
import { SOURCE_CODES, type SourceProblemCode } from './source-codes.ts'

/** Something about a source that a person should know. Never transcript text. */
export interface SourceProblem {
  readonly code: SourceProblemCode
  /** Of `ignored`: what the file is. */
  readonly kind?: BesideKind
  /** The file or folder. */
  readonly path: string
  /** 1-based line. */
  readonly line?: number
  /** Byte offset of the line. */
  readonly offset?: number
  /** How many problems of the code it stands for, where it is more than one. */
  readonly count?: number
  readonly detail: string
}

/** Whether a problem is a finding: something was not brought over whole, and a person should look. */
export function isFinding(problem: SourceProblem): boolean {
  return SOURCE_CODES[problem.code].severity === 'finding'
}

/** How many files of a kind there are. */
export interface BesideCount {
  readonly kind: BesideKind
  readonly files: number
}

/** How many files of each kind lie beside the transcripts of a source, those with messages first. */
export function besideCounts(problems: readonly SourceProblem[]): readonly BesideCount[] {
  const kinds = Object.keys(BESIDE_KINDS) as BesideKind[]
  return kinds.flatMap((kind) => {
    const files = problems.filter(
      (problem) => problem.code === 'ignored' && (problem.kind ?? 'other') === kind,
    )
    return files.length === 0 ? [] : [{ kind, files: files.length }]
  })
}
