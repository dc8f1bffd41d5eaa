import { AccessDenied } from './errors.ts'
import type { WriteOutcome } from './store-codes.ts'

/** What Node does not let a process do without a flag, by the name that its error gives it. */
const FLAGS: ReadonlyMap<unknown, readonly [doing: string, flag: string]> = new Map([
  ['FileSystemRead', ['read', '--allow-fs-read']],
  ['FileSystemWrite', ['write', '--allow-fs-write']],
  ['WorkerThreads', ['start a worker thread', '--allow-worker']],
  ['ChildProcess', ['start another process', '--allow-child-process']],
])

/**
 * An error of Node's permission model (`--permission`) as the contract's, naming what it does not allow and the flag that
 * does; null for any other error. `permission` and `resource` are as Node's own error has them.
 */
export function deniedByNode(error: unknown, outcome: WriteOutcome = 'not-stored'): AccessDenied | null {
  const { code, permission, resource } = (error ?? {}) as {
    readonly code?: unknown
    readonly permission?: unknown
    readonly resource?: unknown
  }
  const denied = (what: string, advice: string): AccessDenied =>
    new AccessDenied(`Node's permission model does not let this process ${what}`, {
      advice,
      outcome,
      cause: error,
    })
  if (code === 'ERR_DLOPEN_DISABLED') {
    return denied(
      'load native addons, and the SQLite driver is one',
      'Start Node with --allow-addons, and without --no-addons.',
    )
  }
  if (code !== 'ERR_ACCESS_DENIED') return null
  const [doing, flag] = FLAGS.get(permission) ?? []
  if (!doing || !flag) {
    return denied(
      'sync a file, and without that no new file is durable',
      'Make the new file without --permission; a store that is there already can be used under it.',
    )
  }
  const place = typeof resource === 'string' && resource !== '' ? ` ${resource}` : ''
  return denied(`${doing}${place}`, `Start Node with ${flag}${place && ' for that place'} as well.`)
}
