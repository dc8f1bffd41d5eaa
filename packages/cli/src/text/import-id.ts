/** So much of an import's id is shown to people; any beginning that only one import has will do. */
const SHORT_ID = 8

/** What an import is called: the beginning of its id, or all of it where another of `ids` begins so as well. */
export function shortImportId(id: string, ids: readonly string[] = [id]): string {
  const short = id.slice(0, SHORT_ID)
  return ids.some((other) => other !== id && other.startsWith(short)) ? id : short
}
