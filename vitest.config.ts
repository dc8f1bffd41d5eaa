import { readdirSync } from 'node:fs'
import { defineConfig } from 'vitest/config'

// TEST_AGAINST=src (default): workspace packages resolve to their TypeScript sources through the
// '@faircopy/source' export condition. TEST_AGAINST=dist: to what would be published (build first).
const source = process.env['TEST_AGAINST'] === 'dist' ? [] : ['@faircopy/source']
const conditions = [...source, 'module', 'node', 'development|production']
const externalConditions = [...source, 'node', 'module-sync']

export default defineConfig({
  ssr: { resolve: { conditions, externalConditions } },
  test: {
    projects: readdirSync(new URL('packages', import.meta.url)).map((name) => ({
      extends: true as const,
      root: `packages/${name}`,
      test: { name, include: ['test/**/*.test.ts'], benchmark: { include: ['test/**/*.bench.ts'] } },
    })),
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
