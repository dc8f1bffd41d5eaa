const QUOTE = 0x22
const BACKSLASH = 0x5c

/** What can be told of a record's text without parsing it. */
export interface RecordScan {
  /** Levels of nesting, the record itself being the first; counting stops one above the limit. */
  readonly depth: number
  /** Members of the outermost object, each time a name stands there. Meaningful for JSON only. */
  readonly members: number
}

/**
 * Measures a text in one pass, without recursion, so that hostile depth cannot exhaust the stack of a parser. Never
 * fails, whatever the text.
 */
export function scanRecord(text: string, maxDepth: number): RecordScan {
  let depth = 0
  let deepest = 0
  let members = 0
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case QUOTE:
        at = endOfString(text, at)
        break
      case 0x7b:
      case 0x5b:
        if (++depth > deepest) deepest = depth
        if (depth > maxDepth) return { depth, members }
        break
      case 0x7d:
      case 0x5d:
        depth--
        break
      case 0x3a:
        if (depth === 1) members++
        break
    }
  }
  return { depth: deepest, members }
}

/** Where the quote that ends a string stands; the end of the text if there is none. */
function endOfString(text: string, from: number): number {
  for (let at = text.indexOf('"', from + 1); at !== -1; at = text.indexOf('"', at + 1)) {
    let backslashes = 0
    while (text.charCodeAt(at - 1 - backslashes) === BACKSLASH) backslashes++
    if (backslashes % 2 === 0) return at
  }
  return text.length
}
