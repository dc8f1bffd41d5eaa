import { randomUUID } from 'node:crypto'
import {
  type ImportPlan,
  type ImportReport,
  type ImportTarget,
  joinReports,
  type LegacySource,
  planImport,
  reportPlan,
  runImport,
} from '@faircopy/legacy-jsonl'
import type { ImportRun } from '@faircopy/store-core/operator'
import type { Context } from '../context/context.ts'
import { type Progress, progressOn } from '../context/progress.ts'
import { refuseWithoutRoom } from '../files/needed-space.ts'
import { withWriter } from '../store/open-store.ts'
import { sayingWhatLies } from './look-around.ts'

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
    return joined(reports)
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
 * looked for on the store's disk, unless `anyRoom`. `store`: null where there is none yet; it is then made for the first source
 * that has something to write.
 */
export function importSources(
  context: Context,
  sources: readonly LegacySource[],
  store: ImportTarget | null,
  options: ImportSourcesOptions = {},
): Promise<ImportReport> {
  const { anyRoom = false, run = { id: randomUUID(), at: Date.now(), about: {} } } = options
  let { begins } = options
  return withProgress(context, async ({ planned, imported }) => {
    const { signal } = context
    const reports: ImportReport[] = []
    const carryOut = async (plan: ImportPlan, writes: boolean): Promise<void> => {
      if (writes) await begins?.()
      if (writes) begins = undefined
      reports.push(await runImport(plan, { onProgress: imported, signal, run }))
    }
    const bring = async (sources: readonly LegacySource[], store: ImportTarget | null): Promise<void> => {
      for (const [i, source] of sources.entries()) {
        const plan = await planImport(source, store, { onProgress: planned, signal })
        const writes = plan.sessions.some(({ work }) => work !== null)
        if (writes && !anyRoom) await refuseWithoutRoom(context.databasePath, plan)
        if (store) await carryOut(plan, writes)
        else if (!writes) reports.push({ ...reportPlan(plan), dryRun: false })
        else {
          return withWriter(context, async (made) => {
            await carryOut({ ...plan, store: made }, writes)
            await bring(sources.slice(i + 1), made)
          })
        }
      }
    }
    await bring(sources, store)
    return joined(reports)
  })
}

/** One report of them all, which says what lies where nothing was found. */
async function joined(reports: readonly ImportReport[]): Promise<ImportReport> {
  const report = joinReports(reports)
  const sources = report.sources.map(async (source) => ({
    ...source,
    problems: await sayingWhatLies(source, source.problems),
  }))
  return { ...report, sources: await Promise.all(sources) }
}

async function withProgress<T>(context: Context, work: (progress: Progress) => Promise<T>): Promise<T> {
  const progress = progressOn(context.io)
  try {
    return await work(progress)
  } finally {
    progress.stop()
  }
}
