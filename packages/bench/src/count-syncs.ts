import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const CALLS = 320

const VARIANTS: readonly (readonly [name: string, what: string])[] = [
  ['better-sqlite3, raw insert, FULL', 'raw'],
  ['node:sqlite, raw insert, FULL', 'node'],
  ['Faircopy, append', 'append'],
  ['Faircopy, 16 callers at once', 'together'],
  ['JSONL, write and fdatasync', 'lines synced'],
  ['JSONL, write without sync', 'lines'],
]

/** Counts what is synced, by the calls that the system sees, and gives a Markdown table; null where `strace` is not there. */
export function countSyncs(folder: string): string | null {
  if (spawnSync('strace', ['-V']).status !== 0) return null
  const rows = VARIANTS.map(([name, what], i) => {
    const none = syncsOf(folder, what, `${i}-none`, 0)
    const some = syncsOf(folder, what, `${i}-some`, CALLS)
    return `| ${name} | ${some - none} | ${((some - none) / CALLS).toFixed(2)} |`
  })
  return [`| what | syncs for ${CALLS} entries | per entry |`, '|---|---|---|', ...rows].join('\n')
}

function syncsOf(folder: string, what: string, name: string, calls: number): number {
  const log = join(folder, `${name}.strace`)
  execFileSync('strace', [
    '-f',
    '-e',
    'trace=fsync,fdatasync',
    '-o',
    log,
    process.execPath,
    '--conditions=@faircopy/source',
    fileURLToPath(new URL('./store-worker.ts', import.meta.url)),
    what,
    join(folder, name),
    String(calls),
  ])
  return readFileSync(log, 'utf8').match(/\bf(?:data)?sync\(/g)?.length ?? 0
}
