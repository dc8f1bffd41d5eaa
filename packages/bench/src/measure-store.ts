import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { countSyncs } from './count-syncs.ts'
import { measureAppend } from './measure-append.ts'
import { measureMany } from './measure-many.ts'
import { measureProcesses } from './measure-processes.ts'
import { measureReads } from './measure-reads.ts'
import { tell } from './write-section.ts'

const ROUNDS = Number(process.env['ROUNDS'] ?? 31)
const LONG = 100_000
const MANY = Number(process.env['ENTRIES'] ?? 5_000_000)

const folder = mkdtempSync(join(tmpdir(), 'faircopy-bench-'))
try {
  console.log(`Node ${process.version}, ${ROUNDS} interleaved rounds.\n`)
  if (process.argv.includes('--many')) {
    const parts: string[] = []
    for (const sessions of [1, 100, 10_000])
      parts.push(await measureMany(folder, ROUNDS, { entries: MANY, sessions }))
    tell('bench:store --many', parts.join('\n\n'))
  } else {
    const syncs = countSyncs(folder)
    tell(
      'bench:store',
      [
        `### Append, one entry a call\n\n${await measureAppend(folder, ROUNDS)}`,
        ...(syncs === null ? [] : [`### What is synced\n\n${syncs}`]),
        await measureReads(folder, ROUNDS, LONG),
        `### Processes that append as fast as they can\n\n${await measureProcesses(folder)}`,
      ].join('\n\n'),
    )
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
