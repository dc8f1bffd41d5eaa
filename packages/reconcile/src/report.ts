import type { Finding } from './judge.ts'
import { mergeRuns } from './merge-runs.ts'
import { LEGACY, type Path } from './path.ts'
import type { Reconciliation, ReconciliationGains } from './reconciliation.ts'
import { runsOf } from './runs-of.ts'
import { type MergedMeta, type MergedMetas, mergeMetas } from './session-meta.ts'
import type { Certificate, CertifiedMeta } from './terms/certificate.ts'
import { each, type InSteps, Pace } from './terms/in-steps.ts'
import type { MergeRun } from './terms/merge-run.ts'
import { pairFields } from './terms/pair-fields.ts'
import type { Witness, WitnessEntry } from './terms/witness.ts'

/** Writes down what was found, `session_meta` put back. */
export function* report(canonical: Witness, legacy: Witness, finding: Finding): InSteps<Reconciliation> {
  const { verdict, reason, a, b, stutter } = finding
  const path = verdict === 'unreadable' ? undefined : finding.path
  const metas = path ? yield* mergeMetas(canonical.entries, legacy.entries) : undefined
  const merge = path && metas ? yield* mergeRuns(path, a, b, metas) : null
  const repeats = stutter?.repeats ?? []
  const added = path ? yield* countOf(path, LEGACY) : 0
  const told = b.length + finding.withdrawn.length
  return {
    verdict,
    ...(reason ? { reason } : {}),
    merge,
    counts: {
      canonical: a.length + repeats.length,
      legacy: yield* messages(legacy),
      merged: path ? path.length : null,
      added,
      matched: path ? told - added : 0,
    },
    withdrawn: path ? finding.withdrawn.map((pair) => pair.legacy) : [],
    ...(stutter ? { stutter: stutter.blocks } : {}),
    repeats,
    absorbed: metas?.absorbed ?? [],
    gains: {
      ...(yield* gainsOf(merge ?? [], canonical.entries, legacy.entries)),
      payloads: metas?.payloads ?? 0,
    },
    anchored: finding.anchors.length > 0,
    certificate: yield* certificateOf(canonical, legacy, finding, metas),
  }
}

function* certificateOf(
  canonical: Witness,
  legacy: Witness,
  finding: Finding,
  metas: MergedMetas | undefined,
): InSteps<Certificate> {
  const { verdict, reason, path = finding.supposed, a, b, contested } = finding
  return {
    version: 1,
    verdict,
    ...(reason ? { reason } : {}),
    digests: { canonical: canonical.digest ?? null, legacy: legacy.digest ?? null },
    runs: path ? yield* runsOf(path, a, b) : [],
    length: finding.length ?? null,
    withdrawn: finding.withdrawn,
    repeats: finding.stutter?.repeats ?? [],
    metas: metas ? [...metas.canonical, ...metas.legacy].map(certified) : [],
    absorbed: metas?.absorbed ?? [],
    anchors: finding.anchors,
    ...(contested ? { contested } : {}),
  }
}

function certified({ canonical, legacy, stands }: MergedMeta): CertifiedMeta {
  return { canonical: canonical ?? null, legacy: legacy ?? null, stands }
}

function* gainsOf(
  merge: readonly MergeRun[],
  canonical: readonly WitnessEntry[],
  legacy: readonly WitnessEntry[],
): InSteps<Omit<ReconciliationGains, 'payloads'>> {
  let fields = 0
  let conflicts = 0
  const pace = new Pace()
  for (const run of merge) {
    if (run.from !== 'both' || !run.certain || run.stands) continue
    for (let i = 0; i < run.length; i++) {
      if (pace.isOver(1)) yield
      const one = canonical[run.canonical + i] as WitnessEntry
      const two = legacy[run.legacy + i] as WitnessEntry
      const pair = pairFields(one, two)
      if (pair.gains.length > 0) fields++
      if (pair.conflicts.length > 0 || pair.rewritten) conflicts++
    }
  }
  return { fields, conflicts }
}

function* countOf(path: Path, kind: number): InSteps<number> {
  let count = 0
  yield* each(path, (step) => {
    if ((step & 3) === kind) count++
  })
  return count
}

function* messages({ entries }: Witness): InSteps<number> {
  let count = 0
  yield* each(entries, ({ meta }) => {
    if (meta === undefined) count++
  })
  return count
}
