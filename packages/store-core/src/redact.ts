/** What stands in place of a redacted text. */
export const REDACTED = '[redacted]'

/** A string or a scalar of a JSON text. Brackets, commas and white space lie between. */
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[^\s"[\]{},:]+/g

/**
 * A record without a text, or null where it does not hold it (S27). Wherever the text stands in a string (a member's
 * name, a value) it becomes {@link REDACTED}, also where it is escaped because the string is itself JSON, to a depth
 * of three; a number that shows it becomes the string. Every other byte stays as it was.
 */
export function redactRecord(record: string, text: string): string | null {
  if (text === '') return null
  const forms = escapedForms(text)
  const redacted = record.replace(TOKEN, (token) => {
    if (!token.startsWith('"')) return token.includes(text) ? JSON.stringify(REDACTED) : token
    const before = JSON.parse(token) as string
    const after = forms.reduce((said, form) => said.replaceAll(form, REDACTED), before)
    return after === before ? token : JSON.stringify(after)
  })
  return redacted === record ? null : redacted
}

/** Whether raw text holds a text, also escaped as inside JSON: for lines that are no records (S27). */
export function holdsText(raw: string, text: string): boolean {
  return text !== '' && escapedForms(text).some((form) => raw.includes(form))
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
