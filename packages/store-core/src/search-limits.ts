/** Of a query so many units count, and what follows is not looked for. */
export const LONGEST_QUERY = 1000

/** A word longer than this, in code points, is taken in pieces of this length. */
export const LONGEST_WORD = 64

/** A `*` behind a shorter beginning than this, in code points, says nothing: too many words would begin with it. */
export const SHORTEST_PREFIX = 3
