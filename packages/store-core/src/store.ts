import type { AppenderSource, TranscriptAppender } from './appender.ts'
import type { ChangeReader } from './changes.ts'
import type { HistoryReader } from './history.ts'
import type { TranscriptImporter } from './importer.ts'
import type { Closable, TranscriptReader } from './reader.ts'
import type { SessionRemover, StoreBackup } from './remover.ts'
import type { SessionForker, SessionRewriter } from './rewriter.ts'
import type { RouteStore } from './routes.ts'
import type { TranscriptSearch } from './search.ts'
import type { SessionCreator, SessionUpdater } from './session.ts'
import type { TranscriptVerifier } from './verifier.ts'

/**
 * The whole contract. It is the sum of small capabilities, and a caller should ask for the smallest that serves: a
 * mirror takes a {@link TranscriptAppender}, a viewer a {@link TranscriptReader}.
 *
 * A backend that does not have a capability returns a type without it. No method exists only to throw.
 */
export interface TranscriptStore
  extends TranscriptReader,
    HistoryReader,
    ChangeReader,
    TranscriptVerifier,
    TranscriptAppender,
    AppenderSource,
    SessionCreator,
    SessionUpdater,
    SessionRewriter,
    SessionForker,
    RouteStore,
    TranscriptImporter,
    SessionRemover,
    StoreBackup,
    Closable {
  /** Absent where the backend declines search (S17). */
  readonly search?: TranscriptSearch['search']
}
