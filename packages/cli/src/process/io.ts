/** What the command line may touch of its process. */
export interface Io {
  /** Data. */
  readonly stdout: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number }
  /** For people. */
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number }
  /** What a command may be given that must not stand on its command line. */
  readonly stdin?: NodeJS.ReadableStream & { readonly isTTY?: boolean }
  readonly env: { readonly [name: string]: string | undefined }
  /** Aborted by a signal: what is at hand is finished or rolled back, and the command ends. */
  readonly signal: AbortSignal
}
