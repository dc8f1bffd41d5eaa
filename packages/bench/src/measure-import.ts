import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { makeHome } from './make-home.ts'
import { tell } from './write-section.ts'

interface Measured {
  readonly seconds: number
  /** Of all threads, user and system. */
  readonly cpuSeconds?: number
  readonly planSeconds?: number
  readonly peakMiB: number
  readonly entries?: number
  readonly byVerdict?: Readonly<Record<string, number>>
}

const ROUNDS = Number(process.env['ROUNDS'] ?? 3)

function worker(name: string, ...args: string[]): Measured {
  const script = fileURLToPath(new URL(`./${name}.ts`, import.meta.url))
  const out = execFileSync(process.execPath, ['--conditions=@faircopy/source', script, ...args], {
    encoding: 'utf8',
  })
  return JSON.parse(out) as Measured
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

/** Imports made-up homes, each round beside a pass that only parses the same files, and makes a Markdown table of it. */
async function measureImport(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'faircopy-bench-'))
  try {
    const homes = [
      { name: '5,000 sessions of 20 messages', sessions: 5000, messagesEach: 20, longBytes: 0 },
      { name: 'one session of 200 MB', sessions: 0, messagesEach: 0, longBytes: 200_000_000 },
      { name: 'both', sessions: 5000, messagesEach: 20, longBytes: 200_000_000 },
    ]
    const idle = worker('import-worker', 'idle').peakMiB
    const rows: string[] = []
    for (const home of homes) {
      const path = join(folder, home.name.replaceAll(/\W/g, '-'))
      const made = await makeHome(path, { ...home, seed: 20261123 })
      const imports: Measured[] = []
      const again: Measured[] = []
      const parses: Measured[] = []
      let bytes = 0
      for (let round = 0; round < ROUNDS; round++) {
        const store = join(path, `store-${round}.db`)
        parses.push(worker('parse-worker', join(path, 'sessions')))
        imports.push(worker('import-worker', 'import', path, store))
        again.push(worker('import-worker', 'import', path, store))
        bytes = statSync(store).size
        rmSync(store)
      }
      const seconds = median(imports.map((one) => one.seconds))
      const parse = median(parses.map((one) => one.seconds))
      const row = [
        home.name,
        made.messages.toLocaleString('en'),
        (made.bytes / 1e6).toFixed(0),
        seconds.toFixed(1),
        median(imports.map((one) => one.cpuSeconds ?? 0)).toFixed(1),
        median(imports.map((one) => one.planSeconds ?? 0)).toFixed(1),
        median(again.map((one) => one.seconds)).toFixed(1),
        parse.toFixed(1),
        `${((100 * parse) / seconds).toFixed(0)} %`,
        (Math.max(...imports.map((one) => one.peakMiB)) - idle).toFixed(0),
        (bytes / 1e6).toFixed(0),
      ]
      rows.push(`| ${row.join(' | ')} |`)
      console.log(rows.at(-1))
      rmSync(path, { recursive: true })
    }
    return [
      '| home | messages | files MB | import s | CPU s | of it plan s | again s | parse s | parse / import | peak over idle MiB | store MB |',
      '|---|---|---|---|---|---|---|---|---|---|---|',
      ...rows,
      '',
      `Medians of ${ROUNDS} rounds; the peak is the highest. An idle worker peaks at ${idle.toFixed(0)} MiB.`,
    ].join('\n')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

tell('bench:import', await measureImport())
