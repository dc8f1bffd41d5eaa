/** Formats of which each session is a text of its own. `hermes` beside them is a whole home. */
export const EXPORT_FORMATS = ['jsonl', 'ndjson', 'markdown'] as const

export type ExportFormat = (typeof EXPORT_FORMATS)[number]

/** The extension of a format's files. */
export const EXPORT_EXTENSIONS: { readonly [F in ExportFormat]: string } = {
  jsonl: '.jsonl',
  ndjson: '.ndjson',
  markdown: '.md',
}
