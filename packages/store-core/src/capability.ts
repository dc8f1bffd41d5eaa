import type { AppenderSource, SessionAppender, TranscriptAppender } from './appender.ts'
import type { ChangeReader } from './changes.ts'
import type { StoreInspector } from './facts.ts'
import type { HistoryReader } from './history.ts'
import type { TranscriptImporter } from './importer.ts'
import type { SessionOpener } from './opener.ts'
import type { TranscriptReader } from './reader.ts'
import type { SessionRemover, StoreBackup, StoreCompactor } from './remover.ts'
import type { SessionForker, SessionRewriter } from './rewriter.ts'
import type { RouteStore } from './routes.ts'
import type { TranscriptSearch } from './search.ts'
import type { SessionCreator, SessionUpdater } from './session.ts'
import type { TranscriptVerifier } from './verifier.ts'

/** Every capability of a store, by name, and the interface that has it. */
export interface CapabilityInterfaces {
  readonly read: TranscriptReader
  readonly history: HistoryReader
  readonly append: SessionAppender
  readonly 'append-to-origin': TranscriptAppender
  readonly 'narrow-appender': AppenderSource
  readonly create: SessionCreator
  readonly update: SessionUpdater
  readonly replace: SessionRewriter
  readonly fork: SessionForker
  readonly routes: RouteStore
  readonly open: SessionOpener
  readonly import: TranscriptImporter
  readonly remove: SessionRemover
  readonly changes: ChangeReader
  readonly verify: TranscriptVerifier
  readonly facts: StoreInspector
  readonly search: TranscriptSearch
  readonly backup: StoreBackup
  readonly compact: StoreCompactor
}

/** The name of a capability. */
export type Capability = keyof CapabilityInterfaces

/** A store that has at least these capabilities: `StoreWith<'read' | 'append'>`. */
export type StoreWith<C extends Capability> = {
  readonly [K in C]: (store: CapabilityInterfaces[K]) => void
}[C] extends (store: infer S) => void
  ? S
  : never

/** The methods of each capability. Which object has a capability is told by them; an origin's append only by asking. */
export const CAPABILITY_METHODS: {
  readonly [C in Capability]: readonly (keyof CapabilityInterfaces[C])[]
} = {
  read: ['get', 'read', 'page', 'list', 'sessions'],
  history: ['history', 'generations', 'readGeneration', 'locate'],
  append: ['append'],
  'append-to-origin': ['append'],
  'narrow-appender': ['appender'],
  create: ['create'],
  update: ['update'],
  replace: ['replace'],
  fork: ['fork'],
  routes: ['resolve', 'route', 'routes'],
  open: ['opened', 'open'],
  import: ['import', 'undoImport', 'claimImport', 'ledgerNote', 'ledger', 'quarantined', 'imports'],
  remove: ['delete', 'undelete', 'prune', 'redact'],
  changes: ['changes', 'waitForChange'],
  verify: ['verify'],
  facts: ['facts'],
  search: ['search'],
  backup: ['backup'],
  compact: ['compact'],
}
