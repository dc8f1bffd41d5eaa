// C0, DEL and C1; the line and paragraph separators; the embeddings, overrides and isolates that reorder text; and
// unpaired surrogates, which no terminal can be sent.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]|\p{Surrogate}/gu

/**
 * Text that can be shown on one line of a terminal: whatever could move the cursor, colour, clear, reorder or end the
 * line stands as `\u{…}`. Source: Unicode 15, UAX #9 (bidirectional formatting characters), ECMA-48 (control sets).
 */
export function escapeControls(text: string): string {
  return text.replace(UNSAFE, (unit) => `\\u{${unit.charCodeAt(0).toString(16)}}`)
}

/** Text as lines that can be shown, broken where it has a line feed; a tab is four spaces. */
export function escapedLines(text: string): string[] {
  return text.split(/\r?\n/).map((line) => escapeControls(line.replaceAll('\t', '    ')))
}
