import { sessionLabel } from '@faircopy/store-core'
import type { ImportPlan, ImportTarget, SessionPlan } from './import-plan.ts'
import type { LegacySession, LegacySource } from './legacy-source.ts'
import { planSession } from './plan-session.ts'
import type { SourceProblem } from './source-problem.ts'

/** How an import is planned. */
export interface PlanOptions {
  /** Told after each session. */
  readonly onProgress?: (done: { readonly sessions: number; readonly id: string }) => void
  readonly signal?: AbortSignal
}

/**
 * Decides, for every session of a source, what an import will do, and writes nothing anywhere. {@link runImport}
 * carries out this very plan; a dry run stops here. Pass null for a store that does not exist yet.
 *
 * A session that two files of the source tell is planned once where the files are equal; otherwise the later one is
 * reported, and importing it by itself lets it meet what the store has by then.
 *
 * Cost: reads the source once; memory of about 200 bytes for an entry of the session at hand, 10 for every other.
 *
 * @example
 * ```ts
 * import { openJsonlSource, planImport, runImport } from '@faircopy/legacy-jsonl'
 * import { openSqliteStore } from '@faircopy/store-sqlite'
 *
 * const store = await openSqliteStore({ path: '/tmp/transcripts.db' })
 * const source = await openJsonlSource('/tmp/old-sessions')
 * const plan = await planImport(source, store)
 * console.log(plan.sessions.map(({ report }) => `${report.id}: ${report.verdict}`))
 * const report = await runImport(plan)
 * console.log(report.totals)
 * await source.close()
 * await store.close()
 * ```
 */
export async function planImport(
  source: LegacySource,
  store: ImportTarget | null,
  options: PlanOptions = {},
): Promise<ImportPlan> {
  const sessions: SessionPlan[] = []
  const seen = new Map<string, LegacySession>()
  const problems: SourceProblem[] = []
  for await (const session of source.sessions()) {
    options.signal?.throwIfAborted()
    const name = JSON.stringify([session.namespace, session.id])
    const first = seen.get(name)
    if (first) {
      problems.push({
        code: 'several-files',
        path: session.file?.path ?? source.path,
        detail: `tells session ${sessionLabel(session)} as ${first.file?.path ?? source.path} does; import it by itself to let it join`,
      })
      continue
    }
    seen.set(name, session)
    sessions.push(await planSession(session, store, options.signal))
    options.onProgress?.({ sessions: sessions.length, id: session.id })
  }
  return { source, store, sessions, problems: [...source.problems, ...problems] }
}
