/** Whether two JSON texts hold the same value, the order of members and empty values (null, "", [], {}) aside. */
export function sameJson(one: string, two: string): boolean {
  if (one === two) return true
  const [a, b]: unknown[] = [JSON.parse(one), JSON.parse(two)]
  return (isEmpty(a) && isEmpty(b)) || sameValue(a, b)
}

function isEmpty(value: unknown): boolean {
  return value === null || value === '' || (typeof value === 'object' && Object.keys(value).length === 0)
}

/** Walks both at once on a list of its own: nesting is as deep as whoever wrote the file liked. */
function sameValue(one: unknown, two: unknown): boolean {
  const open: [unknown, unknown][] = [[one, two]]
  for (let pair = open.pop(); pair; pair = open.pop()) {
    const [a, b] = pair
    if (a === b) continue
    if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
    const names = Object.keys(a)
    if (Array.isArray(a) !== Array.isArray(b) || names.length !== Object.keys(b).length) return false
    for (const name of names) {
      if (!Object.hasOwn(b, name)) return false
      open.push([(a as Record<string, unknown>)[name], (b as Record<string, unknown>)[name]])
    }
  }
  return true
}
