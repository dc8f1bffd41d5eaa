import type { ConformanceCase } from './conformance-case.ts'
import { durable } from './s01-durable.ts'
import { atomic } from './s02-atomic.ts'
import { argued } from './s03-arguments.ts'
import { outcomes } from './s03-outcomes.ts'
import { keys } from './s04-keys.ts'
import { order } from './s05-order.ts'
import { revision } from './s06-revision.ts'
import { replacing } from './s07-replace.ts'
import { forking } from './s08-fork.ts'
import { claiming } from './s09-claim.ts'
import { importing } from './s09-import.ts'
import { stepping } from './s09-steps.ts'
import { undoing } from './s09-undo.ts'
import { opening } from './s10-open.ts'
import { originating } from './s10-origin.ts'
import { holding } from './s11-held.ts'
import { text } from './s12-text.ts'
import { snapshot } from './s13-snapshot.ts'
import { pages } from './s14-pages.ts'
import { absent } from './s15-absent.ts'
import { projections } from './s16-projection.ts'
import { searching } from './s17-search.ts'
import { derived } from './s18-derived.ts'
import { changing } from './s19-changes.ts'
import { lock } from './s20-lock.ts'
import { replaced } from './s21-replaced.ts'
import { damage } from './s22-damage.ts'
import { newer } from './s23-newer.ts'
import { privacy } from './s24-private.ts'
import { verifying } from './s25-verify.ts'
import { full } from './s26-full.ts'
import { removal } from './s27-removal.ts'

/** The number of an invariant of the contract. */
export type Invariant = `S${number}`

/** Every case, by the invariant that it holds a store to. S28 is the run itself: see {@link storeConformance}. */
export const CONFORMANCE_CASES: ReadonlyMap<Invariant, readonly ConformanceCase[]> = new Map([
  ['S1', durable],
  ['S2', atomic],
  ['S3', [...outcomes, ...argued]],
  ['S4', keys],
  ['S5', order],
  ['S6', revision],
  ['S7', replacing],
  ['S8', forking],
  ['S9', [...importing, ...stepping, ...undoing, ...claiming]],
  ['S10', [...originating, ...opening]],
  ['S11', holding],
  ['S12', text],
  ['S13', snapshot],
  ['S14', pages],
  ['S15', absent],
  ['S16', projections],
  ['S17', searching],
  ['S18', derived],
  ['S19', changing],
  ['S20', lock],
  ['S21', replaced],
  ['S22', damage],
  ['S23', newer],
  ['S24', privacy],
  ['S25', verifying],
  ['S26', full],
  ['S27', removal],
])
