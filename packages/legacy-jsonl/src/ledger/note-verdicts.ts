/** The verdict of a note that says that a session was made known before what it says was imported. */
export const INDEXED_VERDICT = 'indexed'

/** The verdict of a note that says only that what was quarantined is settled. */
export const SETTLED_VERDICT = 'settled'

/** The verdict of a note that says only what a source told of a session by then. It decides nothing. */
export const FACTS_VERDICT = 'facts'

/** The verdict of a note that says that entries got times which were unknown. It decides nothing. */
export const DATED_VERDICT = 'dated'
