/**
 * Where a session's messages come from. Every part is opaque text, compared byte for byte, but for the chat type, which
 * has several names ({@link chatKind}); parts are columns, never a joined string, so an id may contain any separator.
 */
export interface Origin {
  /** `telegram`, `slack`, `cli`, … in lower case. */
  readonly platform: string
  /** The gateway's own account on the platform, where it has several. */
  readonly account?: string
  /** `dm`, `group`, `channel`, `thread`, … or as the platform calls it. Kept as it is told. */
  readonly chatType?: string
  readonly chat?: string
  readonly thread?: string
  /** The person's id. */
  readonly user?: string
  /** The same person's other id, where a platform has two (a phone number and an account, say). */
  readonly userAlt?: string
}
