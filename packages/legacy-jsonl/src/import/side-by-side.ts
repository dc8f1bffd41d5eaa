import type { SessionPlan } from '../plan/import-plan.ts'

/** So many sessions at most share a commit, and no more once they have so many entries or bytes between them. */
const MAX_SESSIONS = 16
const MAX_ENTRIES = 500
const MAX_BYTES = 128 * 1024

/** Cuts sessions, in their order, into groups small enough to be in memory at once. A long one is a group of its own. */
export function sideBySide(sessions: readonly SessionPlan[]): SessionPlan[][] {
  const groups: SessionPlan[][] = []
  let entries = 0
  let bytes = 0
  for (const session of sessions) {
    entries += session.work?.placement?.store.length ?? 0
    bytes += session.report.file?.bytes ?? 0
    const last = groups.at(-1)
    if (last && last.length < MAX_SESSIONS && entries <= MAX_ENTRIES && bytes <= MAX_BYTES) last.push(session)
    else {
      groups.push([session])
      entries = session.work?.placement?.store.length ?? 0
      bytes = session.report.file?.bytes ?? 0
    }
  }
  return groups
}
