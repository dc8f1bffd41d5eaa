import { readdirSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'
import { WITH_PROGRAMS } from './.ci/programs.ts'

// TEST_AGAINST=src (default): workspace packages resolve to their TypeScript sources through the
// '@faircopy/source' export condition. TEST_AGAINST=dist: to what would be published (build first).
const source = process.env['TEST_AGAINST'] === 'dist' ? [] : ['@faircopy/source']
const conditions = [...source, 'module', 'node', 'development|production']
const externalConditions = [...source, 'node', 'module-sync']

// What the properties try is the same in every run, and others are tried where that is asked for. The number is kept where
// the next reading of this file and the workers find it.
const isLong = process.env['LONG'] === '1'
let seed = process.env['FC_SEED'] ?? (isLong ? 'random' : '4')
if (seed === 'random') {
  seed = `${Math.floor(Math.random() * 2 ** 31)}`
  console.log(`FC_SEED=${seed}`)
}
if (!/^-?\d+$/.test(seed)) throw new Error(`FC_SEED is a whole number or 'random', not '${seed}'`)
process.env['FC_SEED'] = seed

const foldersIn = (parent: string) =>
  readdirSync(new URL(parent, import.meta.url), { withFileTypes: true }).filter((entry) =>
    entry.isDirectory(),
  )
const folders = [
  ...foldersIn('packages').map(({ name }) => ({ name, root: `packages/${name}` })),
  ...foldersIn('docs/examples').map(({ name }) => ({
    name: `example-${name}`,
    root: `docs/examples/${name}`,
  })),
]

// Packages whose tests leave nothing behind in their process: many of their files share one.
const SHARING = new Set(['reconcile', 'store-core', 'conformance', 'legacy-jsonl', 'gateway', 'mirror'])

// A fresh clone remembers no durations, and vitest would take the projects by their names.
const SLOWEST = [
  'store-sqlite/test/restore',
  'store-sqlite/test/flips',
  'examples/gateway/test/gateway',
  'cli/test/verify-against',
  'cli/test/signals',
  'conformance/test/broken-stores',
  'store-sqlite/test/full',
  'cli/test/resolve-between',
  'cli/test/advice',
  'store-sqlite/test/search',
  'store-sqlite/test/model',
  'cli/test/archive',
  'cli/test/source-states',
  'store-sqlite/test/power-cut',
  'cli/test/stops',
  'store-sqlite/test/faults',
  'store-sqlite/test/processes',
  'cli/test/killed-resolve',
  'cli/test/mending',
  'cli/test/partly-read',
  'cli/test/archive-between',
  'store-sqlite/test/undo',
  'cli/test/pasted-commands',
  'cli/test/resolve',
  'cli/test/salvage',
  'cli/test/codes',
  'gateway/test/processes',
  'cli/test/unfinished-import',
  'cli/test/killed-import',
  'legacy-hermes/test/sacred',
  'store-sqlite/test/origins',
].map((name) => `${name}.test.ts`)

/** The slowest files come first, so that the end is not left to one of them. */
class SlowestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification): number => {
      const found = SLOWEST.findIndex((name) => moduleId.endsWith(name))
      return found === -1 ? SLOWEST.length : found
    }
    return (await super.sort(files)).sort((one, other) => place(one) - place(other))
  }
}

export default defineConfig({
  ssr: { resolve: { conditions, externalConditions } },
  test: {
    projects: folders.map(({ name, root }) => ({
      extends: true as const,
      root,
      test: {
        name,
        isolate: !SHARING.has(name),
        globalSetup: WITH_PROGRAMS.has(name)
          ? [fileURLToPath(new URL('.ci/programs.ts', import.meta.url))]
          : [],
        setupFiles: [fileURLToPath(new URL('.ci/one-seed.ts', import.meta.url))],
        include: ['test/**/*.test.ts'],
        benchmark: { include: ['test/**/*.bench.ts'] },
      },
    })),
    // Processes that tests start compile the sources once.
    env: { NODE_COMPILE_CACHE: fileURLToPath(new URL('.cache/compiled', import.meta.url)) },
    // Much of what a test makes is soon forgotten. A thread takes no such flag.
    execArgv: process.argv.includes('--pool=threads') ? [] : ['--max-semi-space-size=64'],
    // Much of a test is waiting for processes and disks of its own.
    maxWorkers: availableParallelism() + 1,
    sequence: { sequencer: SlowestFirst },
    // Tests start processes and write to real disks, on machines of two cores: a limit is for what hangs.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: process.env['CI'] ? ['dot'] : ['default'],
    coverage: {
      provider: 'v8',
      include: ['packages/*/src/**/*.ts'],
      reporter: ['text-summary', 'lcov'],
      reportsDirectory: '.cache/coverage',
    },
  },
})
