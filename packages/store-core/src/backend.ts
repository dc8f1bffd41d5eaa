export { RuleCalls } from './kernel/calls.ts'
export { claimImport, releaseClaim } from './kernel/claim.ts'
export {
  decideLater,
  type LaterEngine,
  type LookUpsLater,
  type LookUpsNow,
  type LookUpsOneByOne,
  oneByOne,
  type Ran,
  runLater,
  runNow,
} from './kernel/drive.ts'
export type { Effect, EffectName, Link, List } from './kernel/effects.ts'
export type { Ground } from './kernel/grounds.ts'
export { heldForSession, heldSince, placed } from './kernel/held.ts'
export { type ImportPlan, runImport } from './kernel/import.ts'
export type * from './kernel/look-ups.ts'
export { OWN } from './kernel/look-ups.ts'
export { type Going, type PruneEngine, prune, type Removed } from './kernel/prune.ts'
export { redact } from './kernel/redact.ts'
export type { Context, Rule } from './kernel/rule.ts'
export { checkRoom, standOf } from './kernel/session.ts'
export type { ImportEngine } from './kernel/steps.ts'
export { undoImport } from './kernel/undo.ts'
