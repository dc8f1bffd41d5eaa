/** The verdict of a note that says that a session was made known before what it says was imported. */
export const INDEXED_VERDICT = 'indexed'
