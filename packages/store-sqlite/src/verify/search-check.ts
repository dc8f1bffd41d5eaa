import type { StoreFile } from '../file/store-file.ts'
import type { Findings } from './findings.ts'
export async function checkSearchIndex(
  _file: StoreFile,
  _findings: Findings,
  _signal: AbortSignal | undefined,
): Promise<void> {}
