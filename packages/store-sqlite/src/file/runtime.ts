import { UnsupportedRuntime } from '@faircopy/store-core'

const OLDEST_NODE = [22, 14] as const
const OLDEST_NAPI = 10

/**
 * Refuses a runtime on which the driver would crash without a word: better-sqlite3 13 needs N-API 10, and on an older
 * one loading it ends the process with a segmentation fault. Called before the driver is loaded.
 */
export function checkRuntime(versions: { readonly node: string; readonly napi?: string | undefined }): void {
  const [major = 0, minor = 0] = versions.node.split('.').map(Number)
  const napi = Number(versions.napi ?? 0)
  const tooOld = major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1])
  if (tooOld || napi < OLDEST_NAPI) {
    throw new UnsupportedRuntime(
      `Node ${versions.node} (N-API ${versions.napi ?? 'unknown'}) cannot load the SQLite driver, which needs Node ${OLDEST_NODE.join('.')} and N-API ${OLDEST_NAPI}`,
    )
  }
}
