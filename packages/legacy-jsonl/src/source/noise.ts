/**
 * Files that lie beside transcripts and are none, by their names: snapshots, dumps of requests, drafts, and copies that
 * other gateways make of a transcript they reset, delete or check-point.
 */
const NOISE: readonly (readonly [pattern: RegExp, what: string])[] = [
  [/^\./, 'a hidden file'],
  [/\.tmp$/, 'a temporary file'],
  [/^request_dump_/, 'a dump of a request'],
  [/^session_.*\.json$/, 'a snapshot of a session, known to miss messages'],
  [/\.json$/, 'a JSON document, no transcript'],
  [/\.trajectory\.jsonl$/, 'a trajectory beside a transcript'],
  [/\.checkpoint\..*\.jsonl$/, 'a check-point of a transcript'],
  [/\.reset\./, 'what a transcript was before a reset'],
  [/\.deleted\./, 'a deleted transcript'],
]

/** What a file of this name is, if it is no transcript; null if it may be one. */
export function noiseName(fileName: string): string | null {
  const noise = NOISE.find(([pattern]) => pattern.test(fileName))
  if (noise) return noise[1]
  return fileName.endsWith('.jsonl') ? null : 'not named *.jsonl'
}
