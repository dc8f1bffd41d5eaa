/** An exit code, and the first sentence: SOURCE, HOME and STORE stand for their paths. */
export type Cell = readonly [exit: number, sentence: string]

/** What each command ends with and says first. */
export interface StateCells {
  readonly audit: Cell
  readonly import: Cell
  readonly 'verify --against': Cell
  readonly archive: Cell
  readonly status: Cell
  readonly doctor: Cell
}

const NOT_FOUND = 'No transcript was found in SOURCE.'
const NOT_READ = 'Nothing could be read of SOURCE.'
const NOT_PROVEN = 'SOURCE (jsonl): it tells no session, so nothing is proven'
const NOT_MOVED = 'Nothing of SOURCE was moved.'
const AUDITED = 'Audit of SOURCE (hermes).'
const IMPORTED = 'Imported 1 session of SOURCE (hermes) into STORE'
const UNPROVEN = '0 of 1 session proven'

const healthy = { doctor: [0, 'STORE: in good health'] } as const
const there = { status: [0, 'STORE: 1 session, 1 entry'], ...healthy } as const
const now = (words: string) => ({ status: [0, `SOURCE  ${words}`], ...healthy }) as const
const everywhere = (...cell: Cell) =>
  ({ audit: cell, import: cell, 'verify --against': cell, archive: cell }) as const

const nothingFound = {
  audit: [66, NOT_FOUND],
  import: [66, NOT_FOUND],
  'verify --against': [66, NOT_PROVEN],
  archive: [66, 'No transcript was found in SOURCE, so nothing was moved.'],
} as const
const gone = {
  audit: [2, 'Nothing is left to read in SOURCE, of which STORE knows sessions.'],
  import: [2, 'Nothing is left to read in SOURCE, of which STORE knows sessions.'],
  'verify --against': [2, NOT_PROVEN],
  archive: [2, 'Nothing is left to move in SOURCE, of which STORE knows sessions.'],
} as const
const notRead = {
  audit: [2, NOT_READ],
  import: [2, NOT_READ],
  'verify --against': [2, NOT_PROVEN],
  archive: [2, NOT_MOVED],
} as const
const readable = {
  audit: [0, AUDITED],
  import: [0, IMPORTED],
  'verify --against': [2, UNPROVEN],
  archive: [2, NOT_MOVED],
} as const

/**
 * The states that a source may be in, as they are told: `docs/codes.md` is written from here, and every cell is run. Of
 * `status` and `doctor`, which take no source, it is what they say of a store that was imported from it when it was whole;
 * the other commands are given a store that knows nothing of it, where nothing else is said.
 */
export const SOURCE_STATES = {
  absent: {
    ...everywhere(66, 'NO_SOURCE: SOURCE cannot be read: there is nothing.'),
    ...now('not there now'),
  },
  empty: { ...nothingFound, ...now('no transcript in it now') },
  'empty, and the store knows sessions of it': { ...gone, ...now('no transcript in it now') },
  'absent, and the store knows sessions of it': { ...gone, ...now('not there now') },
  'empty but for its index, and the store knows sessions of it': {
    ...gone,
    'verify --against': [2, 'SOURCE (hermes): it tells no session, so nothing is proven'],
    ...there,
  },
  'emptied of its rows and lines, and the store knows sessions of it': {
    ...gone,
    'verify --against': [2, 'SOURCE (hermes): it tells no session, so nothing is proven'],
    ...there,
  },
  'one folder too high': { ...nothingFound, ...now('no transcript in it now') },
  'one folder too low': { ...nothingFound, ...there },
  'the folder of transcripts of a home': {
    audit: [0, 'Audit of SOURCE (hermes-jsonl).'],
    import: [0, 'Imported 1 session of SOURCE (hermes-jsonl) into STORE'],
    'verify --against': [2, UNPROVEN],
    archive: [2, NOT_MOVED],
    ...there,
  },
  "another agent's home": { ...nothingFound, ...now('no transcript in it now') },
  'a bare state.db': { ...notRead, ...there },
  'a snapshot folder': {
    ...readable,
    archive: [0, 'Nothing of SOURCE was moved: it has nothing but a database, which goes with --database.'],
    ...there,
  },
  unreadable: {
    ...everywhere(74, 'SOURCE_UNREADABLE: SOURCE cannot be read: listing it failed with EACCES.'),
    ...now('cannot be read now'),
  },
  'locked by its gateway': { ...readable, ...there },
  'quarantined whole': {
    audit: [2, NOT_READ],
    import: [2, NOT_READ],
    'verify --against': [2, UNPROVEN],
    archive: [2, NOT_MOVED],
    ...there,
  },
  'failing in every session': {
    ...readable,
    import: [2, 'Nothing was imported of SOURCE (hermes) into STORE; 1 failed'],
    ...there,
  },
  'of a newer schema': { ...readable, ...there },
  binary: { ...notRead, ...there },
  'nothing but files beside transcripts': { ...nothingFound, ...now('no transcript in it now') },
  'a named pipe': { ...notRead, ...now('cannot be read now') },
  'a link that leads in a circle': {
    ...everywhere(74, 'SOURCE_UNREADABLE: SOURCE cannot be read: it failed with ELOOP.'),
    ...now('cannot be read now'),
  },
} as const satisfies { readonly [state: string]: StateCells }

/** A state's name. */
export type StateName = keyof typeof SOURCE_STATES
