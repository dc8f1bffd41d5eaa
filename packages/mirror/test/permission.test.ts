import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const vitest = fileURLToPath(new URL('../../../node_modules/vitest/vitest.mjs', import.meta.url))

test('the whole suite of the mirror passes where Node may write no file and start no process', () => {
  const may = ['--permission', '--allow-fs-read=*', '--allow-worker', '--allow-addons', '--no-warnings']
  const suite = [
    'run',
    '--project',
    'mirror',
    'test/mirror.test.ts',
    '--pool=threads',
    '--configLoader=native',
  ]
  const { status, stdout } = spawnSync(process.execPath, [...may, vitest, ...suite], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  })
  expect(stdout).toMatch(/Tests {2}\d+ passed/)
  expect(status).toBe(0)
})
