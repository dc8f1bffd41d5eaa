import { InvalidRecord } from './errors.ts'
import { DEFAULT_RECORD_LIMITS, utf8Length } from './record-text.ts'

/** What stands in place of a redacted text. */
export const REDACTED = '[redacted]'

/** An escape that JSON allows and never needs. */
const ESCAPE = /\\(?:u([\da-f]{4})|\/)/gi

/** A string or a scalar of a JSON text. Brackets, commas and white space lie between. */
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[^\s"[\]{},:]+/g

/**
 * A record without a text, or null where it does not hold it (S27). Wherever the text stands in a string (a member's
 * name, a value) it becomes {@link REDACTED}, also where it is escaped because the string is itself JSON, to a depth
 * of three; a number that shows it becomes the string. Every other byte stays as it was.
 *
 * A short text may take less room than what stands in its place. A record that would grow beyond `maxBytes` is
 * `InvalidRecord` (S12), found out before any of it is made.
 */
export function redactRecord(
  record: string,
  text: string,
  maxBytes: number = DEFAULT_RECORD_LIMITS.maxBytes,
): string | null {
  if (text === '') return null
  const forms = escapedForms(text)
  const own = utf8Length(record)
  const most = Math.max(maxBytes, own)
  let bytes = own
  let holds = false
  for (const [token] of record.matchAll(TOKEN)) {
    const redacted = redactToken(token, forms, most)
    if (redacted === null) continue
    holds = true
    bytes += utf8Length(redacted) - utf8Length(token)
  }
  if (!holds) return null
  if (bytes > most) refuseGrowth(most)
  return record.replace(TOKEN, (token) => redactToken(token, forms, most) ?? token)
}

/** Whether {@link redactRecord} would change a record. Nothing is made of it, however large it would become. */
export function recordHolds(record: string, text: string): boolean {
  if (text === '') return false
  const forms = escapedForms(text)
  for (const [token] of record.matchAll(TOKEN)) {
    const said = token.startsWith('"') ? (JSON.parse(token) as string) : token
    if (forms.some((form) => said.includes(form))) return true
  }
  return false
}

/** A token without a text, or null where it does not hold it. */
function redactToken(token: string, forms: readonly string[], most: number): string | null {
  if (!token.startsWith('"')) return token.includes(forms.at(-1) ?? '') ? JSON.stringify(REDACTED) : null
  const before = JSON.parse(token) as string
  const after = forms.reduce((said, form) => {
    const grown = said.length + occurrences(said, form) * (REDACTED.length - form.length)
    if (grown > most) refuseGrowth(most)
    return said.replaceAll(form, REDACTED)
  }, before)
  return after === before ? null : JSON.stringify(after)
}

function occurrences(text: string, form: string): number {
  let count = 0
  for (let at = text.indexOf(form); at !== -1; at = text.indexOf(form, at + form.length)) count++
  return count
}

function refuseGrowth(most: number): never {
  throw new InvalidRecord(
    'too-large',
    `With ${REDACTED} in place of the text, a record would be larger than ${most} bytes`,
    'Nothing was redacted; name a longer part of the text.',
  )
}

/** Whether raw text holds a text, also escaped in any way that JSON has: for lines that are no records (S27). */
export function holdsText(raw: string, text: string): boolean {
  if (text === '') return false
  const unescaped = raw.replace(ESCAPE, (sequence, hex?: string) =>
    hex === undefined ? sequence.slice(1) : String.fromCharCode(Number.parseInt(hex, 16)),
  )
  return escapedForms(text).some((form) => raw.includes(form) || unescaped.includes(form))
}

/** The most escaped first: a shorter form may be part of a longer one. */
function escapedForms(text: string): string[] {
  const forms = [text]
  for (let depth = 1; depth < 3; depth++) {
    const next = JSON.stringify(forms[0]).slice(1, -1)
    if (next === forms[0]) break
    forms.unshift(next)
  }
  return forms
}
