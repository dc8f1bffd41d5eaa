/** Format characters that are drawn: signs that stand before or over Arabic, Syriac and Kaithi digits and words. */
const DRAWN = String.raw`\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\u{110bd}\u{110cd}`

/** The one selector behind an emoji, or before a keycap, asks for its picture or its text. */
const STRAY_SELECTOR = String.raw`(?<!\p{Extended_Pictographic})[\ufe0e\ufe0f](?!\u20e3)`

const HIDDEN = new RegExp(
  String.raw`${STRAY_SELECTOR}|[[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]--[${DRAWN}\ufe0e\ufe0f]]`,
  'gv',
)

/**
 * A name or a text as a person can be shown it on one line: whatever is drawn as nothing, or moves the cursor, colours,
 * clears, reorders or ends the line, stands as `\u{…}`. So two names that differ never look alike for what cannot be
 * seen, and nobody's name can pass for a message. Everything that is drawn stays as it is, an emoji's own selector too;
 * an emoji made of several with U+200D between them is shown as its parts.
 *
 * Source: Unicode's `Default_Ignorable_Code_Point` and general categories Cc, Cf, Cs, Zl and Zp, less the format
 * characters that are drawn (UAX #9, UAX #44, UTS #51; ECMA-48 for the control sets).
 *
 * @example
 * ```ts
 * import { visibleText } from '@faircopy/store-core/visible-text'
 *
 * console.log(visibleText('invoice\u202Efdp.exe')) // invoice\u{202e}fdp.exe
 * ```
 */
export function visibleText(text: string): string {
  return text.replace(HIDDEN, (hidden) => `\\u{${hidden.codePointAt(0)?.toString(16)}}`)
}
