// Before each test file: every property starts from the seed of this run, see vitest.config.ts.
import fc from 'fast-check'

fc.configureGlobal({ seed: Number(process.env['FC_SEED']) })
