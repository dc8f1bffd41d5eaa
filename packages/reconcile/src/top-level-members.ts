/** A member of a JSON object, as it stands in the text: `text.slice(start, end)` is its key, colon and value. */
export interface Member {
  /** The key, its escapes decoded. */
  readonly name: string
  readonly start: number
  readonly valueStart: number
  readonly end: number
}

/** The members of the one object a JSON text is. */
export interface ObjectText {
  /** In the order of the text; a key that is written twice is there twice, and the last one counts. */
  readonly members: readonly Member[]
  /** Just behind the last member, or behind the opening brace: where one more member can be written. */
  readonly end: number
}

/** Finds the members of an object in its exact text. @returns `undefined` where the text is not one JSON object. */
export function topLevelMembers(text: string): ObjectText | undefined {
  if (!isObject(text)) return undefined
  const members: Member[] = []
  let end = text.indexOf('{') + 1
  for (;;) {
    const start = skip(text, end, SPACE_OR_COMMA)
    if (text[start] === '}') return { members, end }
    const keyEnd = stringEnd(text, start)
    const valueStart = skip(text, keyEnd, SPACE_OR_COLON)
    end = valueEnd(text, valueStart)
    members.push({ name: JSON.parse(text.slice(start, keyEnd)) as string, start, valueStart, end })
  }
}

const SPACE_OR_COMMA = ' \t\n\r,'
const SPACE_OR_COLON = ' \t\n\r:'
const VALUE_ENDS = ' \t\n\r,}]'

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
  } catch {
    return false
  }
}

/** The first position from `at` on that holds none of `characters`. The text is known to be valid JSON from here on. */
function skip(text: string, at: number, characters: string): number {
  while (characters.includes(text[at] as string)) at++
  return at
}

function stringEnd(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); ; at = text.indexOf('"', at + 1)) {
    let before = at - 1
    while (text[before] === '\\') before--
    if ((at - before) % 2 === 1) return at + 1
  }
}

function valueEnd(text: string, start: number): number {
  let depth = 0
  let at = start
  do {
    const character = text[at] as string
    if (character === '"') at = stringEnd(text, at)
    else if (character === '{' || character === '[') {
      depth++
      at++
    } else if (character === '}' || character === ']') {
      depth--
      at++
    } else if (depth > 0) at++
    else while (at < text.length && !VALUE_ENDS.includes(text[at] as string)) at++
  } while (depth > 0)
  return at
}
