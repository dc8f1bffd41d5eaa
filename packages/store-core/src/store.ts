import type { AppenderSource, TranscriptAppender } from './appender.ts'
import type { ChangeReader } from './changes.ts'
import type { StoreInspector } from './facts.ts'
import type { HistoryReader } from './history.ts'
import type { TranscriptImporter } from './importer.ts'
import type { SessionOpener } from './opener.ts'
import type { Closable, TranscriptReader } from './reader.ts'
import type { SessionRemover } from './remover.ts'
import type { SessionForker, SessionRewriter } from './rewriter.ts'
import type { RouteStore } from './routes.ts'
import type { SessionCreator, SessionUpdater } from './session.ts'
import type { TranscriptVerifier } from './verifier.ts'

/**
 * The whole contract, but for what a backend may well lack: {@link TranscriptSearch} (S17), {@link StoreBackup}
 * (S25) and {@link StoreCompactor} (S27). It is the sum of small capabilities, and a caller should ask for the smallest that serves: a mirror takes a
 * {@link TranscriptAppender}, a viewer a {@link TranscriptReader}.
 *
 * How it grows: methods are never optional, because "not implemented" would look like "nothing there". What a backend
 * may lack is a capability of its own ({@link Capability}), absent from the type of a backend that does not have it.
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
    SessionOpener,
    TranscriptImporter,
    SessionRemover,
    StoreInspector,
    Closable {}
