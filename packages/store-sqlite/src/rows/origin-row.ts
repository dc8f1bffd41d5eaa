import type { Origin } from '@faircopy/store-core'

/** An origin's parts, as columns. */
export interface OriginColumns {
  readonly platform: string | null
  readonly account: string | null
  readonly chat_type: string | null
  readonly chat: string | null
  readonly thread: string | null
  readonly user: string | null
  readonly user_alt: string | null
}

/** The columns, in the order of {@link originValues}. */
export const ORIGIN_COLUMNS: readonly (keyof OriginColumns)[] = [
  'platform',
  'account',
  'chat_type',
  'chat',
  'thread',
  'user',
  'user_alt',
]

/** The columns of an origin; all null for none. */
export function originColumns(origin: Origin | null | undefined): OriginColumns {
  return {
    platform: origin?.platform ?? null,
    account: origin?.account ?? null,
    chat_type: origin?.chatType ?? null,
    chat: origin?.chat ?? null,
    thread: origin?.thread ?? null,
    user: origin?.user ?? null,
    user_alt: origin?.userAlt ?? null,
  }
}

/** An origin's parts, in the order of {@link ORIGIN_COLUMNS}. */
export function originValues(origin: Origin): (string | null)[] {
  const columns = originColumns(origin)
  return ORIGIN_COLUMNS.map((column) => columns[column])
}

/** The origin that columns hold, or null. */
export function originOf(row: OriginColumns): Origin | null {
  if (row.platform === null) return null
  return {
    platform: row.platform,
    ...(row.account !== null && { account: row.account }),
    ...(row.chat_type !== null && { chatType: row.chat_type }),
    ...(row.chat !== null && { chat: row.chat }),
    ...(row.thread !== null && { thread: row.thread }),
    ...(row.user !== null && { user: row.user }),
    ...(row.user_alt !== null && { userAlt: row.user_alt }),
  }
}
