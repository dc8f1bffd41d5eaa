/** Whether a title holds a text, whatever the case, width and accents of either. A session without a title has none. */
export function matchesTitle(title: string | null, text: string): boolean {
  return title !== null && folded(title).includes(folded(text))
}

/** Compatibility forms apart (width, ligatures), marks that sit on Latin, Greek and Cyrillic letters gone, case folded. */
function folded(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{Diacritic}/gu, '')
    .toUpperCase()
    .toLowerCase()
    .normalize('NFC')
}
