import { readdirSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

// TEST_AGAINST=src (default): workspace packages resolve to their TypeScript sources through the
// '@faircopy/source' export condition. TEST_AGAINST=dist: to what would be published (build first).
const source = process.env['TEST_AGAINST'] === 'dist' ? [] : ['@faircopy/source']
const conditions = [...source, 'module', 'node', 'development|production']
const externalConditions = [...source, 'node', 'module-sync']

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

export default defineConfig({
  ssr: { resolve: { conditions, externalConditions } },
  test: {
    projects: folders.map(({ name, root }) => ({
      extends: true as const,
      root,
      test: { name, include: ['test/**/*.test.ts'], benchmark: { include: ['test/**/*.bench.ts'] } },
    })),
    // Processes that tests start compile the sources once.
    env: { NODE_COMPILE_CACHE: fileURLToPath(new URL('.cache/compiled', import.meta.url)) },
    // Much of a test is waiting for processes and disks of its own.
    maxWorkers: availableParallelism() + 1,
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
