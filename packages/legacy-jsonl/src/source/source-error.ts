import { visibleText } from '@faircopy/store-core/visible-text'
import { errnoOf } from '../lines/open-regular-file.ts'

/** A source, or one of its witnesses, cannot be read. */
export class SourceUnreadable extends Error {
  readonly code = 'SOURCE_UNREADABLE'
  readonly path: string
  /** There is no source at all at the path, not one that can't be read. */
  readonly isAbsent: boolean
  constructor(
    path: string,
    what: string,
    cause?: unknown,
    isAbsent: boolean = ['ENOENT', 'ENOTDIR'].includes(errnoOf(cause)),
  ) {
    super(visibleText(`${path} cannot be read: ${what}. Nothing was written for it.`), { cause })
    this.name = 'SourceUnreadable'
    this.path = path
    this.isAbsent = isAbsent
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
