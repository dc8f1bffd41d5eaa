import type { TranscriptAppender } from '@faircopy/store-core'

/** What a mirror is made of. */
export interface MirrorOptions {
  /**
   * All that the mirror gets to write with: it opens no file and knows no database. Hand it the narrowest appender
   * there is, one whose writer is stamped by the store and that takes no kind but `delivery`.
   */
  readonly store: TranscriptAppender
}
