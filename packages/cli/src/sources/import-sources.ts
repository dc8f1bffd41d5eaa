import { randomUUID } from 'node:crypto'
import {
  type ImportReport,
  type ImportTarget,
  joinReports,
  type LegacySource,
  planImport,
  reportPlan,
  runImport,
} from '@faircopy/legacy-jsonl'
import type { ImportRun } from '@faircopy/store-core'
import type { Context } from '../context.ts'
import { refuseWithoutRoom } from '../files/needed-space.ts'
import { type Progress, progressOn } from '../progress.ts'

/** Plans all sources and writes nothing. `store`: what they would meet; null where there is none yet. */
export function planSources(
  context: Context,
  sources: readonly LegacySource[],
  store: ImportTarget | null,
): Promise<ImportReport> {
  return withProgress(context, async ({ planned }) => {
    const reports: ImportReport[] = []
    for (const source of sources) {
      reports.push(
        reportPlan(await planImport(source, store, { onProgress: planned, signal: context.signal })),
      )
    }
    return joinReports(reports)
  })
}

/** How sources are imported. */
export interface ImportSourcesOptions {
  /** Whether the store's disk may be fuller than what is to be written. */
  readonly anyRoom?: boolean
  /** Defaults to a new one. */
  readonly run?: ImportRun
  /** Called before the first of them is written, where anything is to be. */
  readonly begins?: () => Promise<void>
}

/**
 * Imports all sources, one after the other, as one import. Before a source is written, the room that it may take is
 * looked for on the store's disk, unless `anyRoom`.
 */
export function importSources(
  context: Context,
  sources: readonly LegacySource[],
  store: ImportTarget,
  options: ImportSourcesOptions = {},
): Promise<ImportReport> {
  const { anyRoom = false, run = { id: randomUUID(), at: Date.now(), about: {} } } = options
  let { begins } = options
  return withProgress(context, async ({ planned, imported }) => {
    const reports: ImportReport[] = []
    for (const source of sources) {
      const plan = await planImport(source, store, { onProgress: planned, signal: context.signal })
      if (!anyRoom) await refuseWithoutRoom(context.databasePath, plan)
      if (plan.sessions.some(({ work }) => work !== null)) {
        await begins?.()
        begins = undefined
      }
      reports.push(await runImport(plan, { onProgress: imported, signal: context.signal, run }))
    }
    return joinReports(reports)
  })
}

async function withProgress<T>(context: Context, work: (progress: Progress) => Promise<T>): Promise<T> {
  const progress = progressOn(context.io)
  try {
    return await work(progress)
  } finally {
    progress.stop()
  }
}
