import { visibleText } from '@faircopy/store-core'

/** A source, or one of its witnesses, cannot be read. */
export class SourceUnreadable extends Error {
  readonly code = 'SOURCE_UNREADABLE'
  readonly path: string
  constructor(path: string, what: string, cause?: unknown) {
    super(visibleText(`${path} cannot be read: ${what}. Nothing was written for it.`), { cause })
    this.name = 'SourceUnreadable'
    this.path = path
  }
}

/** A source changed while it was read, or since it was planned. */
export class SourceChanged extends Error {
  readonly code = 'SOURCE_CHANGED'
  readonly path: string
  constructor(path: string) {
    super(
      `${visibleText(path)} changed while it was read. Nothing was written for it; import it again once its writer rests.`,
    )
    this.name = 'SourceChanged'
    this.path = path
  }
}
