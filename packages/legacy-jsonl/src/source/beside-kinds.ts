/** What a file that lies beside transcripts is, by its name. Stable; more may come. */
export type BesideKind =
  | 'reset'
  | 'deleted'
  | 'checkpoint'
  | 'put-aside'
  | 'compressed'
  | 'backup'
  | 'snapshot'
  | 'database-copy'
  | 'request-dump'
  | 'trajectory'
  | 'temporary'
  | 'hidden'
  | 'json'
  | 'folder'
  | 'empty'
  | 'other'

/** A kind in words: one file, and several; and what can be said of such a file by its name. */
interface Kind {
  readonly one: string
  readonly many: string
  /** Whether messages stand in it. Nothing reads them where it lies. */
  readonly hasMessages: boolean
  /** Whether it may be a transcript that can be imported by its path. */
  readonly mayBeImported: boolean
}

function transcript(one: string, many: string): Kind {
  return { one, many, hasMessages: true, mayBeImported: true }
}

function messages(one: string, many: string): Kind {
  return { one, many, hasMessages: true, mayBeImported: false }
}

function other(one: string, many: string, mayBeImported = false): Kind {
  return { one, many, hasMessages: false, mayBeImported }
}

/** The kinds, those with messages first. */
export const BESIDE_KINDS: { readonly [K in BesideKind]: Kind } = {
  reset: transcript('transcript that was reset', 'transcripts that were reset'),
  deleted: transcript('deleted transcript', 'deleted transcripts'),
  checkpoint: transcript('check-point of a transcript', 'check-points of transcripts'),
  'put-aside': transcript('transcript that was put aside', 'transcripts that were put aside'),
  backup: transcript('backup of a transcript', 'backups of transcripts'),
  compressed: messages('compressed file', 'compressed files'),
  snapshot: messages('snapshot of a session', 'snapshots of sessions'),
  'database-copy': messages('copy of a database', 'copies of a database'),
  'request-dump': other('dump of a request', 'dumps of requests'),
  trajectory: other('trajectory beside a transcript', 'trajectories beside transcripts'),
  temporary: other('temporary file', 'temporary files'),
  hidden: other('hidden file', 'hidden files'),
  json: other('JSON document', 'JSON documents'),
  folder: other('folder', 'folders'),
  empty: other('empty file', 'empty files'),
  other: other('file of another name', 'files of other names', true),
}

/** By what names files of a kind are known, the first that fits. */
const NAMES: readonly (readonly [pattern: RegExp, kind: BesideKind])[] = [
  [/^\./, 'hidden'],
  [/\.(?:tmp|lock)$/, 'temporary'],
  [/^request_dump_/, 'request-dump'],
  [/\.trajectory\.jsonl/, 'trajectory'],
  [/\.checkpoint\..*\.jsonl/, 'checkpoint'],
  [/\.jsonl.*\.reset\.|\.reset\.(?:.*\.)?jsonl/, 'reset'],
  [/\.jsonl.*\.deleted\.|\.deleted\.(?:.*\.)?jsonl/, 'deleted'],
  [/\.jsonl\.(?:imported|archived|migrated)\b/, 'put-aside'],
  [/\.(?:gz|zst|bz2|xz|zip|tgz|br)$/, 'compressed'],
  [/^session_.*\.json$/, 'snapshot'],
  [/\.jsonl(?:[._-](?:bak|old|orig|backup|save)\b.*|~)$/, 'backup'],
  [/\.json$/, 'json'],
]

/** What a file of this name is, if it is not read as a transcript; null if it may be one. */
export function besideKind(fileName: string): BesideKind | null {
  const named = NAMES.find(([pattern]) => pattern.test(fileName))
  if (named) return named[1]
  return fileName.endsWith('.jsonl') ? null : 'other'
}
